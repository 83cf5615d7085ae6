import { malformed, type Position } from '../rule-errors.js';

const SPECIAL: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};

/** Reads a decimal number, `nan`, `inf` or `-inf`. @throws DH_RULES_MALFORMED */
export function parseNumber(text: string, at: Position): number {
  if (Object.hasOwn(SPECIAL, text)) return SPECIAL[text] as number;
  // A number beyond what a double holds would become infinite without a word.
  const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw malformed(`expected a number, got "${text.slice(0, 40)}"`, at);
  return value;
}
