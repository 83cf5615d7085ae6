/** A raster of which a part is there: its place is in whole pixels of the source. */
export interface SourcePart {
  /** RGB, 8 bits, [height, width, 3]. */
  readonly pixels: Uint8Array;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Output pixels [first, first + count) of an axis, each `step` source pixels wide, counted from the origin of both. */
export interface OutputAxis {
  readonly first: number;
  readonly count: number;
}

interface Weights {
  /** First source pixel of each output pixel, from the beginning of the part. */
  readonly from: Int32Array;
  /** Where the weights of each begin; one more than there are. */
  readonly offset: Int32Array;
  readonly weights: Float64Array;
}

/**
 * The mean colour of what each output pixel covers of the source, every source pixel weighed by how much of it is
 * covered. Steps need be no whole numbers: the pyramids of scanners are seldom exact powers of two.
 *
 * @param step source pixels along the side of an output pixel
 * @param source holds all that is covered
 * @returns RGB, [rows.count, columns.count, 3]
 */
export function areaMeans(source: SourcePart, step: number, columns: OutputAxis, rows: OutputAxis): Uint8Array {
  const across = weightsOf(columns, step, source.x, source.width);
  const down = weightsOf(rows, step, source.y, source.height);
  const narrow = new Float32Array(source.height * columns.count * 3);
  for (let y = 0; y < source.height; y++) {
    for (let column = 0; column < columns.count; column++) {
      let [red, green, blue] = [0, 0, 0];
      const end = across.offset[column + 1] as number;
      let at = (y * source.width + (across.from[column] as number)) * 3;
      for (let tap = across.offset[column] as number; tap < end; tap++, at += 3) {
        const weight = across.weights[tap] as number;
        red += weight * (source.pixels[at] as number);
        green += weight * (source.pixels[at + 1] as number);
        blue += weight * (source.pixels[at + 2] as number);
      }
      const to = (y * columns.count + column) * 3;
      narrow[to] = red;
      narrow[to + 1] = green;
      narrow[to + 2] = blue;
    }
  }
  const line = columns.count * 3;
  const pixels = new Uint8Array(rows.count * line);
  for (let row = 0; row < rows.count; row++) {
    const begin = down.offset[row] as number;
    const taps = (down.offset[row + 1] as number) - begin;
    const top = (down.from[row] as number) * line;
    for (let part = 0; part < line; part++) {
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) {
        sum += (down.weights[begin + tap] as number) * (narrow[top + tap * line + part] as number);
      }
      pixels[row * line + part] = Math.round(sum);
    }
  }
  return pixels;
}

/** Source pixels that output pixels of an axis cover. */
export function coveredSpan({ first, count }: OutputAxis, step: number): { from: number; to: number } {
  // What rounding adds to a border is no part of the next pixel.
  const slack = 1e-6;
  return { from: Math.floor(first * step + slack), to: Math.ceil((first + count) * step - slack) };
}

function weightsOf({ first, count }: OutputAxis, step: number, origin: number, length: number): Weights {
  const from = new Int32Array(count);
  const offset = new Int32Array(count + 1);
  const weights: number[] = [];
  for (let index = 0; index < count; index++) {
    const left = (first + index) * step - origin;
    const right = left + step;
    const begin = Math.max(0, Math.floor(left + 1e-6));
    const end = Math.min(length, Math.max(begin + 1, Math.ceil(right - 1e-6)));
    const shares = Array.from({ length: end - begin }, (_, tap) =>
      Math.max(0, Math.min(right, begin + tap + 1) - Math.max(left, begin + tap)),
    );
    const sum = shares.reduce((total, share) => total + share, 0);
    from[index] = begin;
    for (const share of shares) weights.push(share / sum);
    offset[index + 1] = weights.length;
  }
  return { from, offset, weights: Float64Array.from(weights) };
}
