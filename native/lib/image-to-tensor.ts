import type { ImageSize } from './image-size.js';
import { requireLength } from './row-check.js';

export interface ImageToTensorOptions {
  /** Order of the output: planes of one channel each, or channels side by side as they come. */
  readonly layout: 'CHW' | 'HWC';
  readonly scale: number;
  /** One value per channel. */
  readonly mean: ArrayLike<number>;
  /** One value per channel, none 0. */
  readonly std: ArrayLike<number>;
}

/**
 * UINT8 [height, width, channels] to FP32: `(x * scale - mean[c]) / std[c]`, each operation in FP64,
 * one rounding to FP32. Step `image_to_tensor` of the manifest schema (without its batch extent).
 */
export function imageToTensor(
  pixels: Uint8Array,
  size: ImageSize,
  options: ImageToTensorOptions,
  output: Float32Array,
): void {
  const { channels } = size;
  const plane = size.width * size.height;
  requireLength('imageToTensor', 'the input', pixels.length, plane * channels);
  requireLength('imageToTensor', 'the output', output.length, plane * channels);
  requireLength('imageToTensor', 'mean', options.mean.length, channels);
  requireLength('imageToTensor', 'std', options.std.length, channels);
  for (let c = 0; c < channels; c++) {
    // A byte has 256 values: computing each once gives the same bits as computing it per pixel.
    const values = Float32Array.from({ length: 256 }, (_, x) => {
      return (x * options.scale - (options.mean[c] as number)) / (options.std[c] as number);
    });
    const start = options.layout === 'CHW' ? c * plane : c;
    const stride = options.layout === 'CHW' ? 1 : channels;
    for (let i = 0; i < plane; i++) {
      output[start + i * stride] = values[pixels[i * channels + c] as number] as number;
    }
  }
}
