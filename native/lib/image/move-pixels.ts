import { addonFor } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { ImageAddon } from './addon.js';
import { type ImagePixels, type ImageSize, requireExtents } from './image-size.js';
import { flipColumnsTwin, transposeImageTwin } from './move-pixels.twin.js';

/**
 * An image mirrored: `horizontal` swaps left and right, `vertical` swaps top and bottom.
 * The output has the input's size and type and does not overlap it.
 */
export function flipImage<T extends ImagePixels>(
  pixels: T,
  size: ImageSize,
  direction: 'horizontal' | 'vertical',
  output: T,
): void {
  requireImages('flipImage', pixels, size, output);
  const { width, height, channels } = size;
  if (direction === 'vertical') {
    const row = width * channels;
    for (let y = 0; y < height; y++) output.set(pixels.subarray(y * row, (y + 1) * row), (height - 1 - y) * row);
    return;
  }
  const addon = channels === 0 ? undefined : addonFor<ImageAddon>(pixels.length);
  if (addon === undefined) flipColumnsTwin(pixels, size, output);
  else addon.flipColumns(bytesOf(pixels), width, height, channels * pixels.BYTES_PER_ELEMENT, bytesOf(output));
}

/**
 * An image with rows and columns exchanged: pixel (x, y) goes to (y, x), in an image `height` wide and
 * `width` high. With a flip, it is a turn by 90 degrees. The output does not overlap the input.
 */
export function transposeImage<T extends ImagePixels>(pixels: T, size: ImageSize, output: T): void {
  requireImages('transposeImage', pixels, size, output);
  const { width, height, channels } = size;
  const addon = channels === 0 ? undefined : addonFor<ImageAddon>(pixels.length);
  if (addon === undefined) transposeImageTwin(pixels, size, output);
  else addon.transposeImage(bytesOf(pixels), width, height, channels * pixels.BYTES_PER_ELEMENT, bytesOf(output));
}

/** A rectangle of an image: from `left` and `top`, in pixels. */
export interface ImageRegion {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The part of an image within a region, which lies wholly inside of it.
 *
 * @throws RangeError for a region that reaches beyond the image
 */
export function cropImage<T extends ImagePixels>(pixels: T, size: ImageSize, region: ImageRegion, output: T): void {
  const { width, height, channels } = size;
  requireExtents('cropImage', { ...size, ...region });
  if (region.left + region.width > width || region.top + region.height > height) {
    throw new RangeError(
      `cropImage: ${region.width} x ${region.height} at ${region.left}, ${region.top} reaches beyond the image of ${width} x ${height}`,
    );
  }
  requireLength('cropImage', 'the input', pixels.length, width * height * channels);
  requireLength('cropImage', 'the output', output.length, region.width * region.height * channels);
  const row = region.width * channels;
  for (let y = 0; y < region.height; y++) {
    const start = ((region.top + y) * width + region.left) * channels;
    output.set(pixels.subarray(start, start + row), y * row);
  }
}

/** Pixels to add at each side, and what they are. */
export interface ImageBorder {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** One `value` in every channel; the nearest pixel; or the image mirrored at its outermost pixels. */
  readonly mode: 'constant' | 'edge' | 'reflect';
  /** For `constant`. Default: 0. */
  readonly value?: number;
}

/**
 * An image with a border. `reflect` does not repeat the outermost pixels, as `numpy.pad` has it, and
 * goes back and forth where the border is wider than the image.
 *
 * @param output of `left + width + right` by `top + height + bottom` pixels
 * @throws RangeError for `edge` and `reflect` of an image without pixels
 */
export function padImage<T extends ImagePixels>(pixels: T, size: ImageSize, border: ImageBorder, output: T): void {
  const { width, height, channels } = size;
  const { left, top, right, bottom, mode, value = 0 } = border;
  requireExtents('padImage', { ...size, left, top, right, bottom });
  const [outWidth, outHeight] = [left + width + right, top + height + bottom];
  requireLength('padImage', 'the input', pixels.length, width * height * channels);
  requireLength('padImage', 'the output', output.length, outWidth * outHeight * channels);
  const row = outWidth * channels;
  if (mode === 'constant') output.fill(value);
  else if (width === 0 || height === 0) throw new RangeError(`padImage: ${mode} needs an image with pixels`);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * row;
    output.set(pixels.subarray(y * width * channels, (y + 1) * width * channels), start + left * channels);
    if (mode === 'constant') continue;
    for (let x = 0; x < outWidth; x++) {
      if (x === left) x += width;
      if (x >= outWidth) break;
      const from = start + (left + sourceOf(x - left, width, mode)) * channels;
      output.copyWithin(start + x * channels, from, from + channels);
    }
  }
  if (mode === 'constant') return;
  for (let y = 0; y < outHeight; y++) {
    if (y === top) y += height;
    if (y >= outHeight) break;
    const from = (top + sourceOf(y - top, height, mode)) * row;
    output.copyWithin(y * row, from, from + row);
  }
}

/** The coordinate within [0, extent) that stands for one outside. */
function sourceOf(coordinate: number, extent: number, mode: 'edge' | 'reflect'): number {
  if (mode === 'edge' || extent === 1) return coordinate < 0 ? 0 : extent - 1;
  const period = 2 * (extent - 1);
  const inPeriod = ((coordinate % period) + period) % period;
  return Math.min(inPeriod, period - inPeriod);
}

function requireImages(kernel: string, pixels: ImagePixels, size: ImageSize, output: ImagePixels): void {
  const { width, height, channels } = size;
  requireExtents(kernel, { width, height, channels });
  requireLength(kernel, 'the input', pixels.length, width * height * channels);
  requireLength(kernel, 'the output', output.length, pixels.length);
  if (output.constructor !== pixels.constructor) {
    throw new TypeError(`${kernel}: the output has the type of the input`);
  }
}

const bytesOf = (pixels: ImagePixels) => new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
