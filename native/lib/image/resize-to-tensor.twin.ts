import type { ImagePixels, ImageSize } from './image-size.js';
import type { ImageToTensorOptions } from './image-to-tensor.js';
import { imageToTensorTwin } from './image-to-tensor.twin.js';
import type { Interpolation } from './resize-image.js';
import { resizeImageTwin } from './resize-image.twin.js';

/** The twin of `resizeToTensor`. Its caller has checked the arguments; no extent is 0. */
export function resizeToTensorTwin(
  pixels: ImagePixels,
  from: ImageSize,
  to: { readonly width: number; readonly height: number },
  interpolation: Interpolation,
  options: Omit<ImageToTensorOptions, 'inputLayout'>,
  output: Float32Array,
): void {
  const resized = emptyLike(pixels, to.width * to.height * from.channels);
  resizeImageTwin(pixels, from, to, interpolation, resized);
  const size = { width: to.width, height: to.height, channels: from.channels };
  imageToTensorTwin(resized, size, { ...options, inputLayout: 'HWC' }, output);
}

function emptyLike(pixels: ImagePixels, length: number): ImagePixels {
  if (pixels instanceof Float32Array) return new Float32Array(length);
  if (pixels instanceof Int16Array) return new Int16Array(length);
  return pixels instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length);
}
