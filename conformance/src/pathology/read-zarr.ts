import { gunzipSync, inflateSync } from 'node:zlib';

/** A group of Zarr 2 with one array, as CRS4's slaid writes it. */
export interface Crs4Group {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly arrays: Readonly<Record<string, Crs4Array>>;
}

export interface Crs4Array {
  readonly shape: readonly [rows: number, columns: number];
  readonly dataType: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Row-major. */
  readonly values: readonly number[];
}

interface Zarray {
  readonly zarr_format: number;
  readonly shape: readonly [number, number];
  readonly chunks: readonly [number, number];
  readonly dtype: string;
  readonly order: string;
  readonly compressor: null | { readonly id: string };
  readonly fill_value: number | null;
  readonly filters: unknown;
  readonly dimension_separator?: string;
}

/** Far more than a map of the suite has: what a file states is not believed. */
const MOST_VALUES = 2 ** 22;

/** Reads all arrays. Throws RangeError for what is no such group, and for chunks of another size than they must have. */
export function readZarr(files: ReadonlyMap<string, Buffer>): Crs4Group {
  if (jsonOf(files, '.zgroup').zarr_format !== 2) throw new RangeError('.zgroup does not say zarr_format 2');
  const names = [...files.keys()]
    .filter((name) => /^[^/]+\/\.zarray$/.test(name))
    .map((name) => name.split('/')[0] as string);
  return {
    attributes: jsonOf(files, '.zattrs'),
    arrays: Object.fromEntries(names.map((name) => [name, readArray(files, name)])),
  };
}

function readArray(files: ReadonlyMap<string, Buffer>, name: string): Crs4Array {
  const described = jsonOf(files, `${name}/.zarray`) as unknown as Zarray;
  const { shape, chunks, dtype, order, compressor, filters, dimension_separator: separator = '.' } = described;
  if (described.zarr_format !== 2 || order !== 'C' || filters !== null) {
    throw new RangeError(`${name}/.zarray is not of zarr_format 2 in order C without filters`);
  }
  const bytes = ({ '|u1': 1, '<f4': 4 } as Record<string, number>)[dtype];
  if (bytes === undefined) throw new RangeError(`${name}: dtype ${dtype} is neither |u1 nor <f4`);
  const extents = [shape, chunks].flat();
  if (extents.length !== 4 || !extents.every((extent) => Number.isInteger(extent) && extent >= 1)) {
    throw new RangeError(`${name}: shape and chunks are not two extents each`);
  }
  const [rows, columns] = shape;
  const [chunkRows, chunkColumns] = chunks;
  if (rows * columns > MOST_VALUES || chunkRows * chunkColumns > MOST_VALUES) {
    throw new RangeError(`${name} is larger than any map of the suite`);
  }
  const values = new Array<number>(rows * columns).fill(described.fill_value ?? 0);
  for (let i = 0; i * chunkRows < rows; i++) {
    for (let j = 0; j * chunkColumns < columns; j++) {
      const stored = files.get(`${name}/${i}${separator}${j}`);
      // A chunk that is not there holds the value that fills.
      if (stored === undefined) continue;
      const chunk = unpacked(stored, compressor);
      if (chunk.length !== chunkRows * chunkColumns * bytes)
        throw new RangeError(`chunk ${i}.${j} of ${name} has another size`);
      for (let y = 0; y < Math.min(chunkRows, rows - i * chunkRows); y++) {
        for (let x = 0; x < Math.min(chunkColumns, columns - j * chunkColumns); x++) {
          const at = y * chunkColumns + x;
          values[(i * chunkRows + y) * columns + j * chunkColumns + x] =
            bytes === 1 ? (chunk[at] as number) : chunk.readFloatLE(4 * at);
        }
      }
    }
  }
  return { shape, dataType: dtype, attributes: jsonOf(files, `${name}/.zattrs`), values };
}

function unpacked(chunk: Buffer, compressor: Zarray['compressor']): Buffer {
  if (compressor === null) return chunk;
  const limit = { maxOutputLength: 4 * MOST_VALUES };
  if (compressor.id === 'zlib') return inflateSync(chunk, limit);
  if (compressor.id === 'gzip') return gunzipSync(chunk, limit);
  throw new RangeError(`the compressor ${compressor.id} is none of null, zlib and gzip`);
}

function jsonOf(files: ReadonlyMap<string, Buffer>, name: string): Record<string, unknown> {
  const content = files.get(name);
  if (content === undefined) throw new RangeError(`there is no ${name}`);
  return JSON.parse(content.toString()) as Record<string, unknown>;
}
