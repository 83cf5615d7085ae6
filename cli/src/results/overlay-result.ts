import { middleSlices, type ShownSlice } from '@deephealth/sdk';
import sharp, { type OverlayOptions } from 'sharp';
import type { GridFinding } from './grid-finding.js';
import { isColoured, type Paint, paintOf } from './overlay-colours.js';

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
  const paint = paintOf(finding, isColoured(finding, background));
  const tiles: Buffer[] = [];
  for (const slice of middleSlices(finding)) tiles.push(await paintSlice(slice, finding, paint, background));
  return montage(tiles);
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
