import type { DivideImageStep, NormalizeImageStep, Range, ScaleImageStep } from '@deephealth/sdk';

/** Elements of an image between two steps. */
export type ImageElements = Uint8Array | Uint16Array | Float32Array;

/**
 * `divide_image`: x / divisor. Like the others here, it computes in FP64 and stores once in the type that
 * the image has: FP32 is rounded to nearest; an integer is held within what its type holds and cut to a
 * whole number, as ECVL does.
 */
export function divideImage({ divisor }: DivideImageStep, pixels: ImageElements): ImageElements {
  return mapped(pixels, (value) => value / divisor);
}

/** `normalize_image`: (x - mean) / std, one pair for all channels or one for each. */
export function normalizeImage(
  { mean, std }: NormalizeImageStep,
  pixels: ImageElements,
  channels: number,
): ImageElements {
  const isShared = mean.length === 1;
  return mapped(pixels, (value, index) => {
    const channel = isShared ? 0 : index % channels;
    return (value - (mean[channel] as number)) / (std[channel] as number);
  });
}

/**
 * `scale_image`: x * a + b, so that `from` becomes `to`. Without `from` it is the range of the image, whose
 * width is rounded to the type of the image. Undefined for an image of one value alone, which has no range.
 */
export function scaleImage({ from, to }: ScaleImageStep, pixels: ImageElements): ImageElements | undefined {
  const [lowest, highest] = from ?? rangeOf(pixels);
  const width = from === undefined ? Math.fround(highest - lowest) : highest - lowest;
  if (width === 0) return undefined;
  const a = (to[1] - to[0]) / width;
  const b = to[1] - a * highest;
  if (from === undefined) return mapped(pixels, (value) => value * a + b);
  // The ends are values of the image, so they are stored in its type before they are scaled.
  const [bottom, top] = mapped(pixels, (_, index) => from[index] as number, 2);
  return mapped(
    pixels,
    (value) => (value < from[0] ? (bottom as number) : value > from[1] ? (top as number) : value) * a + b,
  );
}

function rangeOf(pixels: ImageElements): Range {
  let lowest = Infinity;
  let highest = -Infinity;
  for (const value of pixels) {
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  return [lowest, highest];
}

function mapped(
  pixels: ImageElements,
  compute: (value: number, index: number) => number,
  length = pixels.length,
): ImageElements {
  if (pixels instanceof Float32Array) {
    const output = new Float32Array(length);
    for (let i = 0; i < length; i++) output[i] = compute(pixels[i] as number, i);
    return output;
  }
  // Clamped before it is stored: a plain store of 256 would be 0, and one into a clamped array would round.
  const [output, highest] =
    pixels instanceof Uint16Array ? [new Uint16Array(length), 65_535] : [new Uint8Array(length), 255];
  for (let i = 0; i < length; i++) output[i] = Math.min(Math.max(compute(pixels[i] as number, i), 0), highest);
  return output;
}
