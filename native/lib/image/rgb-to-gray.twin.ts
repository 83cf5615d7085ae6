/** The twin of `rgbToGray`. Its caller has checked the arguments. */
export function rgbToGrayTwin(pixels: Uint8Array, output: Uint8Array): void {
  for (let i = 0; i < output.length; i++) {
    const red = pixels[3 * i] as number;
    const green = pixels[3 * i + 1] as number;
    const blue = pixels[3 * i + 2] as number;
    output[i] = Math.floor((299 * red + 587 * green + 114 * blue + 500) / 1000);
  }
}
