/** Which elements follow each other: those of a row, as a mask lies in memory, or those of a column. */
export type ElementOrder = 'row-major' | 'column-major';

/** The twin of encodeRunLengths. */
export function encodeRunLengthsTwin(
  mask: Uint8Array,
  extents: { readonly width: number; readonly height: number },
  order: ElementOrder,
): Uint32Array {
  if (mask.length === 0) return new Uint32Array(0);
  const { lines, length, lineStep, step } = walk(extents, order);
  const counts: number[] = [];
  let isForeground = false;
  let count = 0;
  for (let line = 0; line < lines; line++) {
    for (let i = 0, at = line * lineStep; i < length; i++, at += step) {
      if ((mask[at] !== 0) !== isForeground) {
        counts.push(count);
        count = 0;
        isForeground = !isForeground;
      }
      count++;
    }
  }
  counts.push(count);
  return Uint32Array.from(counts);
}

/** The twin of decodeRunLengths. */
export function decodeRunLengthsTwin(
  counts: Uint32Array,
  extents: { readonly width: number; readonly height: number },
  order: ElementOrder,
  mask: Uint8Array,
): void {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i] as number;
  if (sum !== mask.length) throw new RangeError('the counts do not fill the mask');
  if (order === 'row-major') {
    let at = 0;
    for (let i = 0; i < counts.length; i++) {
      const end = at + (counts[i] as number);
      mask.fill(i % 2, at, end);
      at = end;
    }
    return;
  }
  const { width, height } = extents;
  let [x, y] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    for (let left = counts[i] as number; left > 0; left--) {
      mask[y * width + x] = i % 2;
      if (++y === height) {
        y = 0;
        x++;
      }
    }
  }
}

function walk({ width, height }: { readonly width: number; readonly height: number }, order: ElementOrder) {
  return order === 'row-major'
    ? { lines: height, length: width, lineStep: width, step: 1 }
    : { lines: width, length: height, lineStep: 1, step: width };
}
