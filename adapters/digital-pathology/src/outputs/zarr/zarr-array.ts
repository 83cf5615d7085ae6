/** Types of elements that are written and read: bytes, and floating point in little endian. */
export type ZarrType = '|u1' | '<f4';

/** An array of Zarr 2: what its `.zarray` says. */
export interface ZarrArray {
  readonly shape: readonly [rows: number, columns: number];
  readonly chunks: readonly [rows: number, columns: number];
  readonly dtype: ZarrType;
  /** Chunks as they are, or by zlib (RFC 1950). */
  readonly compressor: null | { readonly id: 'zlib'; readonly level: number };
  /** Between the numbers in the name of a chunk. */
  readonly separator: '.' | '/';
}

/** Text of `.zarray` (Zarr specification, version 2). */
export function zarrayText({ shape, chunks, dtype, compressor, separator }: ZarrArray): string {
  return jsonText({
    chunks,
    compressor,
    ...(separator === '/' ? { dimension_separator: separator } : {}),
    dtype,
    fill_value: dtype === '|u1' ? 0 : 0.0,
    filters: null,
    order: 'C',
    shape,
    zarr_format: 2,
  });
}

export const ZGROUP_TEXT = jsonText({ zarr_format: 2 });

/** JSON as Zarr's own library writes it. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 4);
}

export interface ZarrChunk {
  /** "0.3" */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * The chunks of a row of chunks. At the borders they are as large as everywhere, filled up with 0.
 *
 * @param values [rows, columns] of this row of chunks; rows may be fewer at the lower border
 */
export function* chunkRow(array: ZarrArray, index: number, values: Uint8Array | Float32Array): Generator<ZarrChunk> {
  const [, columns] = array.shape;
  const [chunkRows, chunkColumns] = array.chunks;
  const rows = values.length / columns;
  for (let column = 0; column * chunkColumns < columns; column++) {
    const from = column * chunkColumns;
    const width = Math.min(chunkColumns, columns - from);
    const bytes = Buffer.alloc(chunkRows * chunkColumns * (array.dtype === '|u1' ? 1 : 4));
    for (let row = 0; row < rows; row++) {
      for (let at = 0; at < width; at++) {
        const value = values[row * columns + from + at] as number;
        const to = row * chunkColumns + at;
        if (array.dtype === '|u1') bytes[to] = value;
        else bytes.writeFloatLE(value, 4 * to);
      }
    }
    yield { name: [index, column].join(array.separator), bytes };
  }
}
