export interface TiffPage {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. Default 8. */
  readonly bits?: 8 | 16 | 32;
  /** Default 1. */
  readonly samples?: number;
  /** 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 CMYK. Default: 1, or 2 for three samples and more. */
  readonly photometric?: number;
  /** Row by row, the samples of a pixel side by side. */
  readonly pixels: readonly number[];
  /** Other tags, or other values than those above, each of 16 bits. */
  readonly tags?: Readonly<Record<number, readonly number[]>>;
}

const SHORT = 3;
const LONG = 4;

/** A TIFF of uncompressed pages, one strip each, written by hand; little endian unless told otherwise. */
export function tiffFile(pages: readonly TiffPage[], order: 'II' | 'MM' = 'II'): Buffer {
  const isLittle = order === 'II';
  const short = (value: number) => number(value, 2, isLittle);
  const long = (value: number) => number(value, 4, isLittle);
  const parts: Buffer[] = [Buffer.from(order), short(42), long(8)];
  let at = 8;
  for (const [index, page] of pages.entries()) {
    const { width, height, bits = 8, samples = 1, tags = {} } = page;
    const strip = Buffer.concat(page.pixels.map((value) => number(value, bits / 8, isLittle)));
    const extra = samples === 2 || samples === 4;
    const entries = new Map<number, readonly [type: number, values: readonly number[]]>([
      [256, [LONG, [width]]],
      [257, [LONG, [height]]],
      [258, [SHORT, Array<number>(samples).fill(bits)]],
      [259, [SHORT, [1]]],
      [262, [SHORT, [page.photometric ?? (samples >= 3 ? 2 : 1)]]],
      [273, [LONG, [0]]],
      [277, [SHORT, [samples]]],
      [278, [LONG, [height]]],
      [279, [LONG, [strip.length]]],
      ...(extra ? ([[338, [SHORT, [2]]]] as const) : []),
    ]);
    for (const [tag, values] of Object.entries(tags)) entries.set(Number(tag), [SHORT, values]);
    const sorted = [...entries].sort(([a], [b]) => a - b);
    const directoryBytes = 2 + sorted.length * 12 + 4;
    let free = at + directoryBytes;
    const outside: Buffer[] = [];
    const place = (bytes: Buffer) => {
      const offset = free;
      outside.push(bytes);
      free += bytes.length;
      return offset;
    };
    const stripAt = place(strip);
    const fields = sorted.map(([tag, [type, values]]) => {
      const given = tag === 273 ? [stripAt] : values;
      const bytes = Buffer.concat(given.map((value) => (type === SHORT ? short(value) : long(value))));
      const field = bytes.length <= 4 ? Buffer.concat([bytes, Buffer.alloc(4 - bytes.length)]) : long(place(bytes));
      return Buffer.concat([short(tag), short(type), long(given.length), field]);
    });
    // Directories begin at even offsets.
    if (free % 2 === 1) place(Buffer.alloc(1));
    const next = index === pages.length - 1 ? 0 : free;
    parts.push(short(sorted.length), ...fields, long(next), ...outside);
    at = free;
  }
  return Buffer.concat(parts);
}

function number(value: number, bytes: number, isLittle: boolean): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (isLittle) buffer.writeUIntLE(value, 0, bytes);
  else buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}
