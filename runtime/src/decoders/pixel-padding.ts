import type { StoredPixels } from './decode-dicom.js';
import { DicomRefusal } from './dicom-refusal.js';
import { shortOf } from './dicom-values.js';
import type { FrameAttributes } from './frame-attributes.js';

/** Lowest and highest stored value that means "no pixel" (PS3.3, C.7.5.1.1.2), both included. */
export type PaddingRange = readonly [lowest: number, highest: number];

/** Pixel Padding Value, or the range from it to Pixel Padding Range Limit; undefined if there is none. */
export function readPadding(attributes: FrameAttributes, isSigned: boolean): PaddingRange | undefined {
  const value = shortOf(attributes.dataset, 'x00280120', isSigned);
  if (value === undefined) {
    if (attributes.dataset.elements.x00280121 === undefined) return undefined;
    throw new DicomRefusal('has a Pixel Padding Range Limit without a Pixel Padding Value');
  }
  const limit = shortOf(attributes.dataset, 'x00280121', isSigned) ?? value;
  return [Math.min(value, limit), Math.max(value, limit)];
}

/** Positions of stored values within the range; undefined if there are none. */
export function paddedPositions(pixels: StoredPixels, [lowest, highest]: PaddingRange): Uint32Array | undefined {
  let count = 0;
  for (const value of pixels) if (value >= lowest && value <= highest) count++;
  if (count === 0) return undefined;
  const positions = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i] as number;
    if (value >= lowest && value <= highest) positions[at++] = i;
  }
  return positions;
}
