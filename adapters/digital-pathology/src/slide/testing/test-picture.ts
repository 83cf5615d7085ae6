import sharp from 'sharp';

/** A picture of RGB pixels, [height, width, 3]. */
export interface TestPicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** A smooth picture, no two parts of which are alike: what is put in the wrong place is seen. */
export function testPicture(width: number, height: number): TestPicture {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      pixels[at] = Math.round((x * 255) / Math.max(1, width - 1));
      pixels[at + 1] = Math.round((y * 255) / Math.max(1, height - 1));
      pixels[at + 2] = (x * 2 + y * 3) % 256;
    }
  }
  return { width, height, pixels };
}

/** A part of a picture; what lies outside is of the value `outside`. */
export function cropPicture(
  picture: TestPicture,
  x: number,
  y: number,
  width: number,
  height: number,
  outside = 255,
): Uint8Array {
  const part = new Uint8Array(width * height * 3).fill(outside);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [fromX, fromY] = [x + column, y + row];
      if (fromX < 0 || fromY < 0 || fromX >= picture.width || fromY >= picture.height) continue;
      const from = (fromY * picture.width + fromX) * 3;
      part.set(picture.pixels.subarray(from, from + 3), (row * width + column) * 3);
    }
  }
  return part;
}

/** Every other pixel of every other row. */
export function halvedPicture({ width, height, pixels }: TestPicture): TestPicture {
  const [w, h] = [Math.floor(width / 2), Math.floor(height / 2)];
  const half = new Uint8Array(w * h * 3);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const from = (2 * y * width + 2 * x) * 3;
      half.set(pixels.subarray(from, from + 3), (y * w + x) * 3);
    }
  }
  return { width: w, height: h, pixels: half };
}

export function encodeJpeg(pixels: Uint8Array, width: number, height: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

export function largestDifference(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] as number) - (b[i] as number)));
  return largest;
}

/** What is left of a picture when each of its tiles has been a JPEG. */
export async function throughJpeg(picture: TestPicture, tile: number): Promise<TestPicture> {
  const pixels = new Uint8Array(picture.pixels.length);
  for (let y = 0; y < picture.height; y += tile) {
    for (let x = 0; x < picture.width; x += tile) {
      const jpeg = await encodeJpeg(cropPicture(picture, x, y, tile, tile), tile, tile);
      const decoded = await sharp(jpeg).raw().toBuffer();
      for (let row = 0; row < tile; row++) {
        pixels.set(decoded.subarray(row * tile * 3, (row + 1) * tile * 3), ((y + row) * picture.width + x) * 3);
      }
    }
  }
  return { ...picture, pixels };
}
