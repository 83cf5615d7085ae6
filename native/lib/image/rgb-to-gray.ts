import { addonFor } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { ImageAddon } from './addon.js';
import { rgbToGrayTwin } from './rgb-to-gray.twin.js';

/**
 * Luma of UINT8 RGB pixels with the weights of ITU-R BT.601:
 * `floor((299 R + 587 G + 114 B + 500) / 1000)`, in integers, so that three equal channels give
 * exactly their value. Fixed-point approximations of the same weights differ by at most one level,
 * for 0.12 % (15 bits, OpenCV) and 0.05 % (16 bits, Pillow) of all colours.
 *
 * @param output one byte per pixel
 */
export function rgbToGray(pixels: Uint8Array, output: Uint8Array): void {
  requireLength('rgbToGray', 'the input', pixels.length, output.length * 3);
  const addon = addonFor<ImageAddon>(output.length);
  if (addon === undefined) rgbToGrayTwin(pixels, output);
  else addon.rgbToGray(pixels, output);
}
