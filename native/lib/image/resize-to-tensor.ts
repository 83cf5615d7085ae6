import { loadAddon } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { ImageAddon } from './addon.js';
import type { ImagePixels, ImageSize } from './image-size.js';
import { type ImageToTensorOptions, requireTensorOptions } from './image-to-tensor.js';
import { INTERPOLATION_NUMBERS, type Interpolation, requireResize } from './resize-image.js';
import { resizeToTensorTwin } from './resize-to-tensor.twin.js';

/**
 * `resizeImage` and `imageToTensor` in one pass over the image, without the memory between them. The
 * result is that of the two in sequence, bit for bit: the resized pixels are rounded to their element
 * type before they are scaled.
 *
 * @throws RangeError as the two do
 */
export function resizeToTensor(
  pixels: ImagePixels,
  from: ImageSize,
  to: { readonly width: number; readonly height: number },
  interpolation: Interpolation,
  options: Omit<ImageToTensorOptions, 'inputLayout'>,
  output: Float32Array,
): void {
  requireResize('resizeToTensor', pixels, from, to, interpolation);
  const order = requireTensorOptions('resizeToTensor', from, options);
  requireLength('resizeToTensor', 'the output', output.length, to.width * to.height * order.length);
  if (output.length === 0) return;
  const addon = loadAddon<ImageAddon>();
  if (addon === undefined) {
    resizeToTensorTwin(pixels, from, to, interpolation, options, output);
    return;
  }
  addon.resizeToTensor(
    pixels,
    from.width,
    from.height,
    from.channels,
    to.width,
    to.height,
    INTERPOLATION_NUMBERS[interpolation],
    options.layout === 'CHW',
    options.scale,
    Float64Array.from(options.mean),
    Float64Array.from(options.std),
    order,
    output,
  );
}
