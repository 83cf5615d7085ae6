import { loadAddon } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { ImageAddon } from './addon.js';
import { type ImagePixels, type ImageSize, requireExtents } from './image-size.js';
import { imageToTensorTwin } from './image-to-tensor.twin.js';

export interface ImageToTensorOptions {
  /** Order of the output: planes of one channel each, or channels side by side. */
  readonly layout: 'CHW' | 'HWC';
  readonly scale: number;
  /** One value per channel of the output. */
  readonly mean: ArrayLike<number>;
  /** One value per channel of the output, none 0. */
  readonly std: ArrayLike<number>;
  /**
   * The input's channel per channel of the output, `[2, 1, 0]` for a model that wants BGR from RGB.
   * Channels may be left out or come twice. Default: all, in their order.
   */
  readonly channelOrder?: readonly number[];
  /** Order of the input. Default: HWC. */
  readonly inputLayout?: 'CHW' | 'HWC';
}

/**
 * An image of UINT8, UINT16, INT16 or FP32 elements to an FP32 tensor: output channel c is
 * `(x * scale - mean[c]) / std[c]` of input channel `channelOrder[c]`. Each of the three operations is
 * in FP64, with one rounding to FP32 at the end; infinities and NaN go through them as IEEE 754 has it.
 * Step `image_to_tensor` of the manifest schema (without its batch extent).
 *
 * @param output does not overlap the input
 * @throws RangeError for lengths that do not fit the size, or a channel that is not there
 */
export function imageToTensor(
  pixels: ImagePixels,
  size: ImageSize,
  options: ImageToTensorOptions,
  output: Float32Array,
): void {
  const order = requireTensorOptions('imageToTensor', size, options);
  const plane = size.width * size.height;
  requireLength('imageToTensor', 'the input', pixels.length, plane * size.channels);
  requireLength('imageToTensor', 'the output', output.length, plane * order.length);
  const addon = loadAddon<ImageAddon>();
  if (addon === undefined || size.channels === 0) {
    imageToTensorTwin(pixels, size, options, output);
    return;
  }
  addon.imageToTensor(
    pixels,
    plane,
    size.channels,
    options.inputLayout === 'CHW',
    options.layout === 'CHW',
    options.scale,
    Float64Array.from(options.mean),
    Float64Array.from(options.std),
    order,
    output,
  );
}

/** The order of the channels; throws RangeError for options that do not fit the image. */
export function requireTensorOptions(kernel: string, size: ImageSize, options: ImageToTensorOptions): Uint32Array {
  const { width, height, channels } = size;
  requireExtents(kernel, { width, height, channels });
  const order = options.channelOrder ?? Array.from({ length: channels }, (_, c) => c);
  for (const channel of order) {
    if (!Number.isInteger(channel) || channel < 0 || channel >= channels) {
      throw new RangeError(`${kernel}: channelOrder names ${channel}, the image has ${channels} channels`);
    }
  }
  requireLength(kernel, 'mean', options.mean.length, order.length);
  requireLength(kernel, 'std', options.std.length, order.length);
  return Uint32Array.from(order);
}
