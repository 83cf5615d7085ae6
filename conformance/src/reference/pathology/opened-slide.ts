import { DeepHealthError, type ErrorCode } from '@deephealth/sdk';

/** A slide that is in memory. */
export interface OpenedSlide {
  /** Finest first. */
  readonly levels: readonly OpenedLevel[];
  readonly micronsPerPixel: { readonly x: number; readonly y: number };
}

export interface OpenedLevel {
  readonly width: number;
  readonly height: number;
  /** Pixels of level 0 that a pixel is wide. */
  readonly downsample: number;
  readonly tiles: readonly PlacedTile[];
}

/** RGB pixels of a part of a level, of which what lies beyond the level counts for nothing. */
export interface PlacedTile {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

/** What a file says of the size of its pixels, in micrometres. */
export interface StatedScale {
  readonly x: number;
  readonly y: number;
}

const WHITE = 255;

/** A rectangle of a level: RGB, white where the level has nothing. */
export function readLevel(level: OpenedLevel, left: number, top: number, width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(width * height * 3).fill(WHITE);
  for (const tile of level.tiles) {
    const from = Math.max(left, tile.x, 0);
    const to = Math.min(left + width, tile.x + tile.width, level.width);
    if (to <= from) continue;
    const last = Math.min(top + height, tile.y + tile.height, level.height);
    for (let y = Math.max(top, tile.y, 0); y < last; y++) {
      const source = ((y - tile.y) * tile.width + from - tile.x) * 3;
      pixels.set(tile.pixels.subarray(source, source + (to - from) * 3), ((y - top) * width + from - left) * 3);
    }
  }
  return pixels;
}

export function refusal(code: ErrorCode, message: string): DeepHealthError {
  return new DeepHealthError(code, message);
}
