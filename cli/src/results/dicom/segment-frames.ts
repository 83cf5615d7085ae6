import type { GridFinding } from '../grid-finding.js';

/** A frame of a segmentation: one class in one slice. */
export interface SegmentFrame {
  /** Place of the class among those of the finding. */
  readonly segment: number;
  readonly slice: number;
}

export interface SegmentFrames {
  readonly frames: readonly SegmentFrame[];
  /** One bit a pixel, the first one lowest, no gap between frames (PS3.5, 8.1.1), an even number of bytes. */
  readonly bits: Uint8Array;
  /** True if a pixel belongs to several classes. */
  readonly overlap: boolean;
}

/**
 * The masks of each class, slice by slice. Slices in which a class does not occur are left out, as DICOM
 * allows; if nothing was found anywhere, all are there and empty, so that it is seen that it was looked for.
 *
 * @param pixels of a slice
 */
export function segmentFrames({ values, classes, isMultilabel }: GridFinding, pixels: number): SegmentFrames {
  const slices = values.length / pixels;
  const has = (value: number, label: number) => (isMultilabel ? (value & label) !== 0 : value === label);
  const every = classes.flatMap((_, segment) => Array.from({ length: slices }, (_, slice) => ({ segment, slice })));
  const labelOf = ({ segment }: SegmentFrame) => classes[segment]?.value as number;
  const sliceOf = ({ slice }: SegmentFrame) => values.subarray(slice * pixels, (slice + 1) * pixels);
  const occupied = every.filter((frame) => sliceOf(frame).some((value) => has(value, labelOf(frame))));
  const frames = occupied.length > 0 ? occupied : every;
  const bytes = Math.ceil((frames.length * pixels) / 8);
  const bits = new Uint8Array(bytes + (bytes % 2));
  let at = 0;
  for (const frame of frames) {
    const label = labelOf(frame);
    for (const value of sliceOf(frame)) {
      if (has(value, label)) bits[at >> 3] = (bits[at >> 3] as number) | (1 << (at & 7));
      at++;
    }
  }
  return { frames, bits, overlap: isMultilabel && values.some((value) => (value & (value - 1)) !== 0) };
}
