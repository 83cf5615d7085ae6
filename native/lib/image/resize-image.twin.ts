import { type AxisWish, axisSamples, denominatorOf, type WeighedSamples } from './axis-samples.twin.js';
import type { ImagePixels, ImageSize } from './image-size.js';
import type { Interpolation } from './resize-image.js';

/** The twin of `resizeImage`. Its caller has checked the arguments; no extent is 0. */
export function resizeImageTwin<T extends ImagePixels>(
  pixels: T,
  from: ImageSize,
  to: { readonly width: number; readonly height: number },
  interpolation: Interpolation,
  output: T,
): void {
  if (interpolation === 'nearest' || interpolation === 'nearest-floor') {
    resizeNearest(pixels, from, to, interpolation === 'nearest' ? centredSamples : flooredSamples, output);
    return;
  }
  const isInteger = !(pixels instanceof Float32Array);
  const isEnlarged = to.width > from.width || to.height > from.height;
  const wish = { interpolation, isEnlarged, isInteger };
  const across: AxisWish = { ...wish, from: from.width, to: to.width };
  const down: AxisWish = { ...wish, from: from.height, to: to.height };
  const columns = axisSamples(across);
  const { channels } = from;
  const rowLength = from.width * channels;
  const weighed = new Float64Array(rowLength);
  const exact = new Float64Array(to.width * channels);
  axisSamples(down).forEach((row, y) => {
    weighRows(pixels, rowLength, row, weighed);
    weighColumns(weighed, channels, columns, exact);
    const target = output.subarray(y * exact.length, (y + 1) * exact.length);
    if (isInteger) roundInto(exact, denominatorOf(across) * denominatorOf(down), target);
    else target.set(exact);
  });
}

function resizeNearest(
  pixels: ImagePixels,
  from: ImageSize,
  to: { readonly width: number; readonly height: number },
  samples: typeof centredSamples,
  output: ImagePixels,
): void {
  const columns = samples(from.width, to.width);
  const rows = samples(from.height, to.height);
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

/** Input index per output index: floor((d + 1/2) * from / to). */
function centredSamples(from: number, to: number): Float64Array {
  return Float64Array.from({ length: to }, (_, d) => Math.floor(((2 * d + 1) * from) / (2 * to)));
}

/** Input index per output index: floor(d * from / to), in OpenCV's FP64 arithmetic. */
function flooredSamples(from: number, to: number): Float64Array {
  const step = 1 / (to / from);
  return Float64Array.from({ length: to }, (_, d) => Math.min(Math.floor(d * step), from - 1));
}

function weighRows(pixels: ImagePixels, rowLength: number, row: WeighedSamples, sums: Float64Array): void {
  row.weights.forEach((weight, k) => {
    const start = (row.first + k) * rowLength;
    if (k === 0) for (let i = 0; i < rowLength; i++) sums[i] = (pixels[start + i] as number) * weight;
    else for (let i = 0; i < rowLength; i++) sums[i] = (sums[i] as number) + (pixels[start + i] as number) * weight;
  });
}

function weighColumns(
  row: Float64Array,
  channels: number,
  columns: readonly WeighedSamples[],
  sums: Float64Array,
): void {
  let at = 0;
  for (const { first, weights } of columns) {
    for (let c = 0; c < channels; c++) {
      let from = first * channels + c;
      let sum = (row[from] as number) * (weights[0] as number);
      for (let k = 1; k < weights.length; k++) {
        from += channels;
        sum += (row[from] as number) * (weights[k] as number);
      }
      sums[at++] = sum;
    }
  }
}

/** `floor(exact / denominator + 1/2)`, held within what the output's elements can be. */
function roundInto(exact: Float64Array, denominator: number, output: ImagePixels): void {
  const [lowest, highest] = rangeOf(output);
  for (let i = 0; i < exact.length; i++) {
    // An exact quotient is at least 1 / (2 * denominator) away from the next integer, which the one
    // rounding of the FP64 division cannot reach.
    const rounded = Math.floor((2 * (exact[i] as number) + denominator) / (2 * denominator));
    output[i] = Math.min(Math.max(rounded, lowest), highest);
  }
}

function rangeOf(output: ImagePixels): readonly [number, number] {
  if (output instanceof Int16Array) return [-32768, 32767];
  return [0, output instanceof Uint16Array ? 65535 : 255];
}
