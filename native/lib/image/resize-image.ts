import { loadAddon } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { ImageAddon } from './addon.js';
import { type ImagePixels, type ImageSize, requireExtents } from './image-size.js';
import { resizeImageTwin } from './resize-image.twin.js';

export type Interpolation = 'nearest' | 'nearest-floor' | 'linear' | 'linear-antialias' | 'area' | 'cubic';

/** As the addon numbers them. */
export const INTERPOLATION_NUMBERS: Readonly<Record<Interpolation, number>> = {
  nearest: 0,
  linear: 1,
  'linear-antialias': 2,
  area: 3,
  cubic: 4,
  'nearest-floor': 5,
};

/** Keeps every product of two positions an integer that FP64 holds exactly. */
const LONGEST_RESIZED_SIDE = 2 ** 25;

/**
 * Resizes UINT8, UINT16, INT16 or FP32 [height, width, channels] into the caller's `output`.
 *
 * Half-pixel centres: output sample d lies at `(d + 0.5) * from / to - 0.5` of the input. Samples
 * beyond an edge are the edge's. Per axis, an output sample is
 *
 * - `nearest`: the closest input sample, the upper one of two that are equally close;
 * - `nearest-floor`: sample `floor(d * from / to)`, which is half a sample off in the middle; OpenCV's
 *   INTER_NEAREST, and so ECVL's nearest. It is computed as there, `floor(d * (1 / (to / from)))` in FP64,
 *   which is the sample before where the product falls just below a whole number;
 * - `linear`: the two neighbours, weighed by their distance. There is no antialiasing: shrinking leaves
 *   samples out;
 * - `linear-antialias`: the same where the axis is enlarged; where it is shrunk, the triangle is
 *   `from / to` times as wide and its weights, of samples inside the image alone, are made to add up to
 *   1. That is Pillow's bilinear filter;
 * - `area`: what the output's pixel covers of the input, each sample weighed by how much of it. Where
 *   one axis is enlarged and the other shrunk, the shrunk one weighs the first covered sample as such
 *   and the one after it for all the rest, as OpenCV's INTER_AREA does;
 * - `cubic`: four neighbours weighed by Keys' kernel with a = -0.75, as OpenCV's INTER_CUBIC. There is
 *   no antialiasing.
 *
 * Of integers, the weights are integers too: fractions with the denominator `2 * to` (linear) or `from`
 * (area), which are exact, and multiples of 2^-14 that add up to 1 for the other two. All sums are
 * integers below 2^53, and the one rounding is of the final quotient, a half upwards, to within the
 * range of the element type. The result is exact: no machine, and no order of evaluation, gives another
 * bit. OpenCV's INTER_NEAREST_EXACT takes the same samples but where two are equally close; its
 * INTER_LINEAR, INTER_AREA and INTER_CUBIC round weights or intermediate sums and may differ by one level,
 * INTER_CUBIC by a few of 65,536 where elements have 16 bits. Pillow rounds between its two passes and may
 * differ by one level, too.
 *
 * Of FP32, weights are FP64 and add up to 1. First the rows are weighed and added in ascending order,
 * each product and sum rounded to FP64, then so are the columns; storing is the one rounding to FP32.
 * Input samples of weight 0 have no part in it. The two
 * nearest ones copy elements.
 *
 * @param output of the same element type, does not overlap the input
 * @throws RangeError for lengths that do not fit the sizes, for pixels asked of an image that has none,
 *   and for sides over 2^25
 */
export function resizeImage<T extends ImagePixels>(
  pixels: T,
  from: ImageSize,
  to: { readonly width: number; readonly height: number },
  interpolation: Interpolation,
  output: T,
): void {
  requireResize('resizeImage', pixels, from, to, interpolation);
  requireLength('resizeImage', 'the output', output.length, to.width * to.height * from.channels);
  if (output.constructor !== pixels.constructor && !(pixels instanceof Uint8Array && output instanceof Uint8Array)) {
    throw new TypeError('resizeImage: input and output have the same element type');
  }
  if (output.length === 0) return;
  const addon = loadAddon<ImageAddon>();
  if (addon === undefined) {
    resizeImageTwin(pixels, from, to, interpolation, output);
    return;
  }
  const number = INTERPOLATION_NUMBERS[interpolation];
  addon.resizeImage(pixels, from.width, from.height, from.channels, to.width, to.height, number, output);
}

/** Throws RangeError unless the input can be resized. */
export function requireResize(
  kernel: string,
  pixels: ImagePixels,
  from: ImageSize,
  to: { readonly width: number; readonly height: number },
  interpolation: Interpolation,
): void {
  const { width, height, channels } = from;
  requireExtents(kernel, { width, height, channels, 'the output width': to.width, 'the output height': to.height });
  if (Math.max(width, height, to.width, to.height) > LONGEST_RESIZED_SIDE) {
    throw new RangeError(`${kernel}: no side is longer than 2^25`);
  }
  if (!Object.hasOwn(INTERPOLATION_NUMBERS, interpolation)) {
    throw new RangeError(`${kernel}: there is no interpolation "${interpolation}"`);
  }
  requireLength(kernel, 'the input', pixels.length, width * height * channels);
  if (width * height === 0 && to.width * to.height * channels > 0) {
    throw new RangeError(`${kernel}: an image without pixels cannot be resized`);
  }
}
