import type { GridFinding } from './grid-finding.js';

export type Colour = readonly [red: number, green: number, blue: number];

/** Colours of classes in their order over grey pictures, from ColorBrewer's Set1, the loud ones first. */
const OVER_GREY: readonly Colour[] = [
  [228, 26, 28],
  [55, 126, 184],
  [77, 175, 74],
  [255, 127, 0],
  [152, 78, 163],
  [255, 255, 51],
  [166, 86, 40],
  [247, 129, 191],
];
/** Over the reds of skin, retina and stained tissue, where red, orange, purple and pink are lost. */
const OVER_COLOUR: readonly Colour[] = [
  [0, 229, 255],
  [118, 255, 3],
  [255, 255, 51],
  [41, 98, 255],
  [255, 255, 255],
  [0, 105, 92],
];
/** Least mean distance between the channels of a picture that has colours, of 255. */
const COLOURED = 12;

/** Colour of a value; undefined where the picture below is to be seen. */
export type Paint = (value: number) => Colour | undefined;

export function paintOf(finding: GridFinding, hasColours: boolean): Paint {
  return finding.isMask ? classColours(finding, hasColours) : heatColours(finding, hasColours);
}

/** Colour of a class, by its place among the classes. */
export function classColour(index: number, hasColours: boolean): Colour {
  const colours = hasColours ? OVER_COLOUR : OVER_GREY;
  return colours[index % colours.length] as Colour;
}

/** A grey picture that is stored with three channels has none. */
export function isColoured({ values }: GridFinding, background: Uint8Array | undefined): boolean {
  if (background?.length !== values.length * 3) return false;
  let distance = 0;
  for (let i = 0; i < background.length; i += 3) {
    const [r, g, b] = background.subarray(i, i + 3) as unknown as Colour;
    distance += Math.max(r, g, b) - Math.min(r, g, b);
  }
  return distance / values.length >= COLOURED;
}

function classColours({ classes, isMultilabel }: GridFinding, hasColours: boolean): Paint {
  return (value) => {
    if (value === 0) return undefined;
    const index = classes.findLastIndex((one) => (isMultilabel ? (value & one.value) !== 0 : value === one.value));
    return classColour(Math.max(index, 0), hasColours);
  };
}

/** From nothing over red (blue on colours) to yellow (cyan), from the least to the largest value; of a highlight, from 0. */
function heatColours({ values, isHighlight }: GridFinding, hasColours: boolean): Paint {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (isHighlight) least = Math.min(0, most);
  return (value) => {
    const part = (value - least) / (most - least || 1);
    const light = Math.round(255 * Math.max(0, part * 2 - 1));
    if (part <= 0.05) return undefined;
    return hasColours ? [0, light, 255] : [255, light, 0];
  };
}
