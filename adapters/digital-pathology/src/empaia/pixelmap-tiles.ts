/** Side of a tile of a pixelmap in pixels: the least that EMPAIA takes, so that little is padded. */
export const TILE_SIDE = 256;
export const TILE_BYTES = TILE_SIDE * TILE_SIDE * 4;

/**
 * What stands where nothing was examined. It is the least and the neutral value of the pixelmap, and no probability:
 * a 0 would say that nothing was found there.
 */
export const NOT_EXAMINED = -1;

/**
 * Tiles of a column, one below the other, each whole: little-endian float32, row by row. What lies beyond the
 * values was not examined.
 *
 * @param values [rows, width], from the first row of the uppermost tile on
 * @param column of the tiles
 * @param down number of the tiles
 */
export function columnOfTiles(values: Float32Array, width: number, column: number, down: number): Uint8Array {
  const rows = values.length / width;
  const bytes = new Uint8Array(down * TILE_BYTES);
  const view = new DataView(bytes.buffer);
  for (let row = 0; row < down * TILE_SIDE; row++) {
    for (let x = 0; x < TILE_SIDE; x++) {
      const at = column * TILE_SIDE + x;
      const value = row < rows && at < width ? (values[row * width + at] as number) : Number.NaN;
      view.setFloat32((row * TILE_SIDE + x) * 4, Number.isNaN(value) ? NOT_EXAMINED : value, true);
    }
  }
  return bytes;
}
