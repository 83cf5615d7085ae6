import type { Drawing, OverlayLayer } from '@deephealth/console';
import type { runtimeV1 } from '@deephealth/proto';
import { middleSlices, type ShownSlice } from '@deephealth/sdk';
import sharp from 'sharp';
import type { GridFinding } from '../../results/grid-finding.js';
import { type Colour, classColour, isColoured, type Paint, paintOf } from '../../results/overlay-colours.js';
import { sentBackground, sentPicture } from './sent-picture.js';

/** Pixels of the longer side: of an image, and of each slice of a volume. */
const LONGEST_IMAGE = 1024;
const LONGEST_SLICE = 400;
const GAP = 8;
const OPACITY = 140;

const VIEWS = 'Three slices through the middle: axial, coronal, sagittal; the left of the patient is at the right.';

/** A place of a slice in the drawing. */
interface Tile {
  readonly slice: ShownSlice;
  readonly left: number;
  readonly width: number;
  readonly height: number;
}

/** A mask, a map, or the region behind a score over what was sent, a layer for each class. */
export async function drawOverlay(finding: GridFinding, inputs: readonly runtimeV1.NamedInput[]): Promise<Drawing> {
  const background = await sentBackground(inputs, finding).catch(() => undefined);
  const hasColours = isColoured(finding, background);
  const tiles = layOut(middleSlices(finding));
  const channels = background === undefined ? 1 : background.length / finding.values.length;
  const under = await paint(tiles, 3, (index, pixel) => {
    for (let c = 0; c < 3; c++) pixel[c] = background?.[channels === 3 ? index * 3 + c : index] ?? 0;
  });
  const layers: OverlayLayer[] = [];
  for (const { label, colour, paintOfLayer } of layersOf(finding, hasColours)) {
    const png = await paint(tiles, 4, (index, pixel) => {
      const shown = paintOfLayer(finding.values[index] as number);
      if (shown !== undefined) pixel.set([...shown, OPACITY]);
    });
    layers.push({ label, colour: hex(colour), png });
  }
  const views = tiles.length > 1 ? VIEWS : '';
  const scale = finding.isMask ? '' : 'From the least value, which is clear, to the greatest, which is brightest.';
  return {
    ...{ kind: 'overlay', background: under, layers, ...sizeOf(tiles) },
    legend: [views, scale].filter((text) => text !== '').join(' '),
  };
}

/** The image alone, for findings that are about all of it; undefined where none was sent. */
export async function drawPicture(inputs: readonly runtimeV1.NamedInput[]): Promise<Drawing | undefined> {
  const picture = await sentPicture(inputs);
  if (picture === undefined) return undefined;
  const { width, height, channels, data } = picture;
  const { data: png, info } = await sharp(data, { raw: { width, height, channels } })
    .resize({ width: LONGEST_IMAGE, height: LONGEST_IMAGE, fit: 'inside', withoutEnlargement: true })
    .png()
    .toBuffer({ resolveWithObject: true });
  return {
    ...{ kind: 'overlay', background: dataUrl(png), layers: [], widthPx: info.width, heightPx: info.height },
    legend: 'The image as it was sent.',
  };
}

interface Layer {
  readonly label: string;
  readonly colour: Colour;
  readonly paintOfLayer: Paint;
}

function layersOf(finding: GridFinding, hasColours: boolean): Layer[] {
  const { classes, isMask, isMultilabel, isHighlight, name } = finding;
  if (!isMask) {
    const colour: Colour = hasColours ? [0, 128, 255] : [255, 128, 0];
    return [
      { label: isHighlight ? `region behind ${name}` : name, colour, paintOfLayer: paintOf(finding, hasColours) },
    ];
  }
  return classes.map(({ label, value }, index) => {
    const colour = classColour(index, hasColours);
    const isClass = (sample: number) => (isMultilabel ? (sample & value) !== 0 : sample === value);
    return { label, colour, paintOfLayer: (sample) => (isClass(sample) ? colour : undefined) };
  });
}

/** Slices side by side, millimetres the same both ways. */
function layOut(slices: readonly ShownSlice[]): Tile[] {
  let left = 0;
  return slices.map((slice) => {
    const [x, y] = [slice.width * slice.spacing[0], slice.height * slice.spacing[1]];
    const longest =
      slices.length > 1 ? LONGEST_SLICE : Math.min(LONGEST_IMAGE, Math.max(slice.width, slice.height, 256));
    const scale = longest / Math.max(x, y);
    const tile = { slice, left, width: Math.max(1, Math.round(x * scale)), height: Math.max(1, Math.round(y * scale)) };
    left += tile.width + GAP;
    return tile;
  });
}

function sizeOf(tiles: readonly Tile[]): { widthPx: number; heightPx: number } {
  const last = tiles.at(-1);
  return { widthPx: (last?.left ?? 0) + (last?.width ?? 0), heightPx: Math.max(...tiles.map(({ height }) => height)) };
}

/** A picture of all tiles; `channels` 4 is clear where nothing is painted. */
async function paint(
  tiles: readonly Tile[],
  channels: 3 | 4,
  fill: (index: number, pixel: Uint8Array) => void,
): Promise<string> {
  const parts: { input: Buffer; left: number; top: number }[] = [];
  for (const { slice, left, width, height } of tiles) {
    const pixels = new Uint8Array(slice.width * slice.height * channels);
    for (const [place, index] of slice.indices.entries()) {
      fill(index, pixels.subarray(place * channels, (place + 1) * channels));
    }
    const input = await sharp(pixels, { raw: { width: slice.width, height: slice.height, channels } })
      .resize(width, height, { fit: 'fill', kernel: 'nearest' })
      .png()
      .toBuffer();
    parts.push({ input, left, top: 0 });
  }
  const { widthPx, heightPx } = sizeOf(tiles);
  const background = channels === 4 ? { r: 0, g: 0, b: 0, alpha: 0 } : { r: 0, g: 0, b: 0 };
  const drawn = sharp({ create: { width: widthPx, height: heightPx, channels, background } }).composite(parts);
  return dataUrl(await (channels === 3 ? drawn.removeAlpha() : drawn).png().toBuffer());
}

function dataUrl(png: Buffer): string {
  return `data:image/png;base64,${png.toString('base64')}`;
}

function hex(colour: Colour): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
