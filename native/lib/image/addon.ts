import type { ImagePixels } from './image-size.js';

/** The functions of this group in the addon. They check their arguments again, for safety alone. */
export interface ImageAddon {
  imageToTensor(
    pixels: ImagePixels,
    plane: number,
    channels: number,
    isInputChw: boolean,
    isOutputChw: boolean,
    scale: number,
    mean: Float64Array,
    std: Float64Array,
    order: Uint32Array,
    output: Float32Array,
  ): void;
  resizeImage(
    pixels: ImagePixels,
    width: number,
    height: number,
    channels: number,
    toWidth: number,
    toHeight: number,
    interpolation: number,
    output: ImagePixels,
  ): void;
  resizeToTensor(
    pixels: ImagePixels,
    width: number,
    height: number,
    channels: number,
    toWidth: number,
    toHeight: number,
    interpolation: number,
    isOutputChw: boolean,
    scale: number,
    mean: Float64Array,
    std: Float64Array,
    order: Uint32Array,
    output: Float32Array,
  ): void;
  rgbToGray(pixels: Uint8Array, output: Uint8Array): void;
  flipColumns(pixels: Uint8Array, width: number, height: number, pixelBytes: number, output: Uint8Array): void;
  transposeImage(pixels: Uint8Array, width: number, height: number, pixelBytes: number, output: Uint8Array): void;
}
