/** A whole number of 16 digits or more, outside of texts. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONG_INTEGER = /^-?\d{16,}$/;
const MARK = '\u0000integer:';

/**
 * JSON whose whole numbers keep all their digits: those that a number may not hold are bigints.
 * Throws SyntaxError, also for NaN and Infinity, which are no JSON.
 */
export function parseLossless(text: string): unknown {
  const marked = text.replace(TOKEN, (token) => (LONG_INTEGER.test(token) ? `"\\u0000integer:${token}"` : token));
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  );
}

/** JSON in which a bigint is written as its digits. */
export function writeLossless(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `${MARK}${one}` : one)).replace(
    /"\\u0000integer:(-?\d+)"/g,
    '$1',
  );
}
