import { requireLength } from '../row-check.js';

/** An 8-bit RGB image, [height, width, 3]: a tile of a slide. Borrowed during the call alone. */
export interface RgbTile {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Throws RangeError unless the pixels fill the extents. */
export function checkTile(kernel: string, tile: RgbTile): void {
  const { pixels, width, height } = tile;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new RangeError(`${kernel}: a tile needs a width and a height of at least 1, got ${width} x ${height}`);
  }
  requireLength(kernel, 'a tile', pixels.length, width * height * 3);
}

/** Number of pixels of an interleaved RGB array. Throws RangeError unless they are whole. */
export function countPixels(kernel: string, pixels: Uint8Array): number {
  if (pixels.length % 3 !== 0) throw new RangeError(`${kernel}: ${pixels.length} bytes are no whole RGB pixels`);
  return pixels.length / 3;
}
