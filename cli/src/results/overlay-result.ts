import sharp, { type OverlayOptions } from 'sharp';
import type { GridFinding } from './grid-finding.js';
import { middleSlices, type ShownSlice } from './middle-slices.js';

type Colour = readonly [red: number, green: number, blue: number];

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
const OPACITY = 0.5;
/** Pixels of a slice's longer side. */
const SIDE = 400;
const GAP = 8;

/**
 * A picture of a mask or map over its input: the three middle slices of a volume (axial, coronal,
 * sagittal; the patient's left at the right, millimetres the same both ways), or the image.
 *
 * @param background the input on the same grid, grey or RGB, 8 bits a sample; without it, black
 */
export async function overlayResult(finding: GridFinding, background?: Uint8Array): Promise<Buffer> {
  const hasColours = isColoured(finding, background);
  const paint = finding.isMask ? classColours(finding, hasColours) : heatColours(finding, hasColours);
  const tiles: Buffer[] = [];
  for (const slice of middleSlices(finding)) tiles.push(await paintSlice(slice, finding, paint, background));
  return montage(tiles);
}

type Paint = (value: number) => Colour | undefined;

/** A grey picture that is stored with three channels has none. */
function isColoured({ values }: GridFinding, background: Uint8Array | undefined): boolean {
  if (background?.length !== values.length * 3) return false;
  let distance = 0;
  for (let i = 0; i < background.length; i += 3) {
    const [r, g, b] = background.subarray(i, i + 3) as unknown as Colour;
    distance += Math.max(r, g, b) - Math.min(r, g, b);
  }
  return distance / values.length >= COLOURED;
}

function classColours({ classes, isMultilabel }: GridFinding, hasColours: boolean): Paint {
  const colours = hasColours ? OVER_COLOUR : OVER_GREY;
  return (value) => {
    if (value === 0) return undefined;
    const index = classes.findLastIndex((one) => (isMultilabel ? (value & one.value) !== 0 : value === one.value));
    return colours[Math.max(index, 0) % colours.length];
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

async function paintSlice(
  { width, height, spacing, indices }: ShownSlice,
  { values }: GridFinding,
  paint: Paint,
  background: Uint8Array | undefined,
): Promise<Buffer> {
  const channels = (background?.length ?? 0) / values.length;
  const pixels = Buffer.alloc(width * height * 3);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    const colour = paint(values[index] as number);
    for (let c = 0; c < 3; c++) {
      const under = background?.[channels === 3 ? index * 3 + c : index] ?? 0;
      pixels[i * 3 + c] =
        colour === undefined ? under : Math.round(under * (1 - OPACITY) + (colour[c] as number) * OPACITY);
    }
  }
  const [x, y] = [width * spacing[0], height * spacing[1]];
  const scale = SIDE / Math.max(x, y);
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize(Math.max(1, Math.round(x * scale)), Math.max(1, Math.round(y * scale)), { fit: 'fill', kernel: 'nearest' })
    .png()
    .toBuffer();
}

async function montage(tiles: readonly Buffer[]): Promise<Buffer> {
  const parts: OverlayOptions[] = [];
  let left = 0;
  let height = 0;
  for (const input of tiles) {
    const size = await sharp(input).metadata();
    parts.push({ input, left, top: 0 });
    left += size.width + GAP;
    height = Math.max(height, size.height);
  }
  return sharp({ create: { width: left - GAP, height, channels: 3, background: '#000' } })
    .composite(parts)
    .removeAlpha()
    .png()
    .toBuffer();
}
