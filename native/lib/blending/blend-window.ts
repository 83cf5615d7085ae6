/**
 * Rows of a blended result that wait for further tiles: weighted sums and sums of weights, in a ring of `rows`
 * slots. A row is one line of an image (`height` is then 1) or one slice of a volume.
 */
export interface BlendWindow {
  readonly rows: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** [rows, channels, height, width] */
  readonly sums: Float64Array;
  /** [rows, height, width] */
  readonly weights: Float64Array;
}

/** Where a tile begins: the slot of its first row, and its first element within a row. */
export interface TilePlace {
  readonly slot: number;
  readonly top: number;
  readonly left: number;
}

/** A window of zeros. Throws RangeError for extents that are no positive integers below 2^31. */
export function createBlendWindow(rows: number, channels: number, height: number, width: number): BlendWindow {
  for (const extent of [rows, channels, height, width]) {
    if (!(Number.isInteger(extent) && extent >= 1 && extent < 2 ** 31)) {
      throw new RangeError(`createBlendWindow: an extent is an integer from 1 to 2^31 - 1, got ${extent}`);
    }
  }
  const places = rows * height * width;
  const sums = new Float64Array(places * channels);
  return { rows, channels, height, width, sums, weights: new Float64Array(places) };
}
