// COCO's compressed RLE: counts as text. From the fourth on a count is stored as its difference to the one
// two before it; numbers are groups of five bits, lowest first, in characters from "0" on, with a sixth bit
// where more follow, and the highest bit of the last group is the sign.

const MOST_GROUPS = 7;

/**
 * The counts of column-major run lengths as the text that COCO's compressed RLE has for `counts`.
 * Throws RangeError for a count that is no integer in [0, 2^32).
 */
export function formatCocoCounts(counts: ArrayLike<number>): string {
  let text = '';
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number;
    if (!(Number.isInteger(count) && count >= 0 && count < 2 ** 32)) {
      throw new RangeError(`formatCocoCounts: a count is an integer from 0 to 2^32 - 1, got ${count}`);
    }
    let rest = i > 2 ? count - (counts[i - 2] as number) : count;
    for (;;) {
      const group = ((rest % 32) + 32) % 32;
      rest = (rest - group) / 32;
      const isLast = rest === (group >= 16 ? -1 : 0);
      text += String.fromCharCode(48 + group + (isLast ? 0 : 32));
      if (isLast) break;
    }
  }
  return text;
}

/**
 * The counts in the text of COCO's compressed RLE, for decodeRunLengths in column-major order.
 * Throws RangeError for text that is none: other characters, an unfinished number, a count outside [0, 2^32).
 */
export function parseCocoCounts(text: string): Uint32Array {
  const counts: number[] = [];
  let value = 0;
  let groups = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i) - 48;
    if (!(code >= 0 && code < 64)) throw new RangeError(`parseCocoCounts: character ${i} belongs to no count`);
    value += (code % 32) * 32 ** groups++;
    if (code >= 32) {
      if (groups === MOST_GROUPS) throw new RangeError(`parseCocoCounts: the number at character ${i} is too long`);
      continue;
    }
    if (code >= 16) value -= 32 ** groups;
    const count = counts.length > 2 ? value + (counts[counts.length - 2] as number) : value;
    if (!(count >= 0 && count < 2 ** 32)) {
      throw new RangeError(`parseCocoCounts: a count is an integer from 0 to 2^32 - 1, got ${count}`);
    }
    counts.push(count);
    value = 0;
    groups = 0;
  }
  if (groups > 0) throw new RangeError('parseCocoCounts: the last number is unfinished');
  return Uint32Array.from(counts);
}
