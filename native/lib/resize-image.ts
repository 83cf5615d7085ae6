import type { ImageSize } from './image-size.js';
import { requireLength } from './row-check.js';

/**
 * Resizes UINT8 [height, width, channels] into the caller's `output`.
 *
 * Half-pixel centres: output sample d lies at `(d + 0.5) * from / to - 0.5` of the input. `nearest`
 * takes the closest input sample, the upper one of two that are equally close. `linear` weighs the two
 * neighbours per axis, samples beyond an edge being the edge's, and rounds once, half away from zero.
 * There is no antialiasing: shrinking leaves samples out.
 *
 * Positions and weights are fractions with the denominator `2 * to`, so all arithmetic is on integers
 * below 2^53 and the result is exact: no machine, and no order of evaluation, gives another byte.
 * OpenCV's INTER_NEAREST_EXACT and INTER_LINEAR use the same positions; its INTER_LINEAR rounds weights
 * to 11 bits and may differ by one.
 */
export function resizeImage(
  pixels: Uint8Array,
  from: ImageSize,
  to: { readonly width: number; readonly height: number },
  interpolation: 'nearest' | 'linear',
  output: Uint8Array,
): void {
  requireLength('resizeImage', 'the input', pixels.length, from.width * from.height * from.channels);
  requireLength('resizeImage', 'the output', output.length, to.width * to.height * from.channels);
  if (interpolation === 'nearest') resizeNearest(pixels, from, to, output);
  else resizeLinear(pixels, from, to, output);
}

function resizeNearest(
  pixels: Uint8Array,
  from: ImageSize,
  to: { readonly width: number; readonly height: number },
  output: Uint8Array,
): void {
  const columns = nearestSamples(from.width, to.width);
  const rows = nearestSamples(from.height, to.height);
  const { channels } = from;
  let at = 0;
  for (let y = 0; y < to.height; y++) {
    const line = (rows[y] as number) * from.width;
    for (let x = 0; x < to.width; x++) {
      const source = (line + (columns[x] as number)) * channels;
      for (let c = 0; c < channels; c++) output[at++] = pixels[source + c] as number;
    }
  }
}

function resizeLinear(
  pixels: Uint8Array,
  from: ImageSize,
  to: { readonly width: number; readonly height: number },
  output: Uint8Array,
): void {
  const columns = linearSamples(from.width, to.width);
  const rows = linearSamples(from.height, to.height);
  const { channels } = from;
  const denominator = 4 * to.width * to.height;
  let at = 0;
  for (let y = 0; y < to.height; y++) {
    const top = (rows.lower[y] as number) * from.width;
    const bottom = (rows.upper[y] as number) * from.width;
    const down = rows.weight[y] as number;
    const up = 2 * to.height - down;
    for (let x = 0; x < to.width; x++) {
      const left = columns.lower[x] as number;
      const right = columns.upper[x] as number;
      const east = columns.weight[x] as number;
      const west = 2 * to.width - east;
      for (let c = 0; c < channels; c++) {
        const upper =
          west * (pixels[(top + left) * channels + c] as number) +
          east * (pixels[(top + right) * channels + c] as number);
        const lower =
          west * (pixels[(bottom + left) * channels + c] as number) +
          east * (pixels[(bottom + right) * channels + c] as number);
        const numerator = up * upper + down * lower;
        // floor(n / d + 1/2): the quotient is at least 2^-39 away from the next integer, so the one
        // rounding of the FP64 division cannot reach it.
        output[at++] = Math.floor((2 * numerator + denominator) / (2 * denominator));
      }
    }
  }
}

/** Input index per output index: floor((d + 1/2) * from / to). */
function nearestSamples(from: number, to: number): Float64Array {
  return Float64Array.from({ length: to }, (_, d) => Math.floor(((2 * d + 1) * from) / (2 * to)));
}

/** Both neighbours per output index, and the weight of the upper one in units of 1 / (2 * to). */
function linearSamples(from: number, to: number) {
  const lower = new Float64Array(to);
  const upper = new Float64Array(to);
  const weight = new Float64Array(to);
  for (let d = 0; d < to; d++) {
    const position = (2 * d + 1) * from - to;
    const index = Math.floor(position / (2 * to));
    weight[d] = position - index * 2 * to;
    lower[d] = Math.max(index, 0);
    upper[d] = Math.min(index + 1, from - 1);
  }
  return { lower, upper, weight };
}
