import { decodeChunk, unreadableArray } from './decode-chunk.js';

/** Content of a key of a store; undefined if it has none of the name. */
export type ReadKey = (key: string) => Promise<Buffer | undefined>;
export type ZarrJson = Readonly<Record<string, unknown>>;

/** Two dimensions of bytes or of numbers of 32 bits, [rows, columns]. */
export interface PlainZarrArray {
  readonly rows: number;
  readonly columns: number;
  readonly values: Uint8Array | Float32Array;
}

const MOST_CELLS = 2 ** 28;
/** Each is looked for: a few bytes that claim to be cut into millions would keep the reader busy for minutes. */
const MOST_CHUNKS = 2 ** 18;

/**
 * Reads an array of Zarr 2.
 *
 * @returns undefined if the store has none of the key
 * @throws DH_MEDIA_UNREADABLE
 */
export async function readZarrArray(read: ReadKey, key: string): Promise<PlainZarrArray | undefined> {
  const metadata = await readZarrJson(read, `${key}/.zarray`);
  if (metadata === undefined) return undefined;
  const [rows, columns] = numberPair(metadata.shape, 'shape');
  return { rows, columns, values: await readValues(read, key, metadata, rows, columns) };
}

/** @throws DH_MEDIA_UNREADABLE for what is no JSON object */
export async function readZarrJson(read: ReadKey, key: string): Promise<ZarrJson | undefined> {
  const bytes = await read(key);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as ZarrJson;
  } catch {
    // Said below.
  }
  throw unreadableArray('its metadata are no JSON');
}

/** @throws DH_MEDIA_UNREADABLE for what is not two positive whole numbers */
export function numberPair(value: unknown, name: string): [number, number] {
  const isPair = Array.isArray(value) && value.length === 2 && value.every((one) => Number.isInteger(one) && one > 0);
  if (isPair) return value as [number, number];
  throw unreadableArray(`its "${name}" is not two numbers`);
}

async function readValues(
  read: ReadKey,
  label: string,
  metadata: ZarrJson,
  rows: number,
  columns: number,
): Promise<Uint8Array | Float32Array> {
  const { dtype, compressor, order, filters, fill_value: fill } = metadata;
  const isByte = dtype === '|u1' || dtype === '|b1';
  if (!isByte && dtype !== '<f4') throw unreadableArray('its elements are neither bytes nor numbers of 32 bits');
  if (order !== 'C' || (Array.isArray(filters) && filters.length > 0)) {
    throw unreadableArray('it is in column-major order, or has filters');
  }
  const [chunkRows, chunkColumns] = numberPair(metadata.chunks, 'chunks');
  if (rows * columns > MOST_CELLS || chunkRows * chunkColumns > MOST_CELLS) throw unreadableArray('it is too large');
  if (Math.ceil(rows / chunkRows) * Math.ceil(columns / chunkColumns) > MOST_CHUNKS) {
    throw unreadableArray('it is cut into too many chunks');
  }
  const values = isByte ? new Uint8Array(rows * columns) : new Float32Array(rows * columns);
  if (typeof fill === 'number') values.fill(fill);
  const separator = metadata.dimension_separator === '/' ? '/' : '.';
  const size = isByte ? 1 : 4;
  for (let row = 0; row * chunkRows < rows; row++) {
    for (let column = 0; column * chunkColumns < columns; column++) {
      const packed = await read(`${label}/${row}${separator}${column}`);
      // A chunk that is not there has the fill value.
      if (packed === undefined) continue;
      const chunk = decodeChunk(packed, compressor, chunkRows * chunkColumns * size);
      const height = Math.min(chunkRows, rows - row * chunkRows);
      const width = Math.min(chunkColumns, columns - column * chunkColumns);
      for (let y = 0; y < height; y++) {
        const to = (row * chunkRows + y) * columns + column * chunkColumns;
        for (let x = 0; x < width; x++) {
          const from = y * chunkColumns + x;
          values[to + x] = isByte ? (chunk[from] as number) : chunk.readFloatLE(4 * from);
        }
      }
    }
  }
  return values;
}
