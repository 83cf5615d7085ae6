import type { ImagePixels, ImageSize } from './image-size.js';

/** The twin of `flipImage` along the rows. Its caller has checked the arguments. */
export function flipColumnsTwin(pixels: ImagePixels, size: ImageSize, output: ImagePixels): void {
  const { width, height, channels } = size;
  for (let y = 0; y < height; y++) {
    const row = y * width * channels;
    for (let x = 0; x < width; x++) {
      const from = row + x * channels;
      const to = row + (width - 1 - x) * channels;
      for (let c = 0; c < channels; c++) output[to + c] = pixels[from + c] as number;
    }
  }
}

/** The twin of `transposeImage`. Its caller has checked the arguments. */
export function transposeImageTwin(pixels: ImagePixels, size: ImageSize, output: ImagePixels): void {
  const { width, height, channels } = size;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * channels;
      const to = (x * height + y) * channels;
      for (let c = 0; c < channels; c++) output[to + c] = pixels[from + c] as number;
    }
  }
}
