/** RGB, 8 bits: [height, width, 3]. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

export interface PaintSettings {
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  /** Side of the squares that are of one colour; 2 so that the half of the picture is exact. Default 1. */
  readonly grain?: number;
  /** Of red before the noise, 0 to 230, by the place of a pixel. Default squares of different values. */
  red?(x: number, y: number): number;
}

/** No multiple of the side of a tile, so that tiles differ from each other, too. */
const SQUARE = 48;
const NOISE = 22;
export const WHITE = 255;

/**
 * A picture without any symmetry: red is what the suite's models look at, and its noise is different in each
 * pixel; green and blue are something else. The same settings give the same picture.
 */
export function paintedPicture({ width, height, seed, grain = 1, red }: PaintSettings): Picture {
  const pixels = new Uint8Array(width * height * 3);
  const base =
    red ?? ((x: number, y: number) => 15 + (mixed(Math.floor(x / SQUARE), Math.floor(y / SQUARE), seed) % 215));
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const [left, top] = [x - (x % grain), y - (y % grain)];
      const noise = mixed(left, top, seed + 1);
      pixels[at] = Math.min(WHITE, base(left, top) + (noise % NOISE));
      pixels[at + 1] = 70 + ((noise >>> 8) % 60);
      pixels[at + 2] = 200 - ((noise >>> 16) % 90);
    }
  }
  return { width, height, pixels };
}

/** Means of 2 x 2 pixels, without the last row and column where extents are odd. */
export function halved({ width, height, pixels }: Picture): Picture {
  const half = { width: Math.floor(width / 2), height: Math.floor(height / 2) };
  const means = new Uint8Array(half.width * half.height * 3);
  for (let y = 0; y < half.height; y++) {
    for (let x = 0; x < half.width; x++) {
      for (let c = 0; c < 3; c++) {
        const at = (dx: number, dy: number) => pixels[((2 * y + dy) * width + 2 * x + dx) * 3 + c] as number;
        means[(y * half.width + x) * 3 + c] = Math.round((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4);
      }
    }
  }
  return { ...half, pixels: means };
}

/** Red of a pixel; white outside of the picture, as glass is. */
export function redAt({ width, height, pixels }: Picture, x: number, y: number): number {
  if (x < 0 || y < 0 || x >= width || y >= height) return WHITE;
  return pixels[(y * width + x) * 3] as number;
}

/** A rectangle of a picture with the same extents everywhere; what lies outside is of the value `outside`. */
export function cutOut(from: Picture, left: number, top: number, width: number, height: number, outside: number) {
  const pixels = new Uint8Array(width * height * 3).fill(outside);
  const columns = Math.min(width, from.width - left);
  for (let y = 0; y < Math.min(height, from.height - top); y++) {
    const start = ((top + y) * from.width + left) * 3;
    pixels.set(from.pixels.subarray(start, start + columns * 3), y * width * 3);
  }
  return pixels;
}

/** A number of 31 bits that says nothing of those it is made of. */
export function mixed(a: number, b: number, seed: number): number {
  let hash = Math.imul(a + 1, 374_761_393) ^ Math.imul(b + 1, 668_265_263) ^ Math.imul(seed + 1, 974_634_777);
  hash = Math.imul(hash ^ (hash >>> 13), 1_274_126_177);
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_519);
  return (hash ^ (hash >>> 16)) >>> 1;
}
