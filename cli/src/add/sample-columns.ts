import type { ColumnHeader } from './column-header.js';
import { samplesInvalid } from './samples-invalid.js';

/** A column of the samples, as its cells tell. */
export interface SampleColumn {
  readonly header: ColumnHeader;
  readonly type: 'number' | 'boolean' | 'category';
  /** Why it was taken for that. */
  readonly why: string;
  /** One for each row; null where the cell is empty. */
  readonly values: readonly (number | boolean | string | null)[];
  /** Of numbers: the lowest and the highest. */
  readonly range?: readonly [number, number];
  /** Of categories: each once, sorted by code points as pandas and scikit-learn sort them. */
  readonly categories?: readonly string[];
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const NOT_A_NUMBER = /^[+-]?(nan|inf|infinity)$/i;
const BOOLEANS: readonly (readonly [no: string, yes: string])[] = [
  ['false', 'true'],
  ['no', 'yes'],
];
const MOST_CATEGORIES = 64;

/**
 * What a column holds. A column is of one type: numbers with a text among them are refused, since either the text is a
 * slip or the numbers are codes.
 *
 * @throws DH_ADD_SAMPLES_INVALID naming the row (1 is the first one after the header) and the column
 */
export function toSampleColumn(header: ColumnHeader, cells: readonly string[]): SampleColumn {
  const filled = cells.flatMap((cell, row) => (cell === '' ? [] : [{ cell, row: row + 1 }]));
  const { name } = header;
  if (filled.length === 0)
    throw samplesInvalid(`Column "${name}" of the samples is empty. Remove it.`, { column: name });
  const nan = filled.find(({ cell }) => NOT_A_NUMBER.test(cell));
  if (nan !== undefined) {
    throw samplesInvalid(
      `Row ${nan.row}, column "${name}": NaN and infinity are no values. Leave the cell empty where nothing was measured.`,
      { row: String(nan.row), column: name },
    );
  }
  const numbers = filled.filter(({ cell }) => NUMBER.test(cell));
  if (numbers.length === filled.length) return ofNumbers(header, cells);
  if (numbers.length > 0) {
    const text = filled.find(({ cell }) => !NUMBER.test(cell)) as { row: number };
    throw samplesInvalid(
      `Row ${text.row}, column "${name}": expected a number, as in ${numbers.length} other rows, and there is a text.`,
      { row: String(text.row), column: name, expected: 'number' },
    );
  }
  return ofTexts(header, cells, filled);
}

function ofNumbers(header: ColumnHeader, cells: readonly string[]): SampleColumn {
  const values = cells.map((cell) => (cell === '' ? null : Number(cell)));
  const numbers = values.filter((value) => value !== null);
  const endless = values.findIndex((value) => value !== null && !Number.isFinite(value));
  if (endless >= 0) {
    throw samplesInvalid(`Row ${endless + 1}, column "${header.name}": the number is too large to be one.`, {
      row: String(endless + 1),
      column: header.name,
    });
  }
  if (
    header.unit === undefined &&
    numbers.every((value) => value === 0 || value === 1) &&
    new Set(numbers).size === 2
  ) {
    return {
      header,
      type: 'boolean',
      why: 'Only 0 and 1 occur, and the header states no unit.',
      values: values.map((value) => (value === null ? null : value === 1)),
    };
  }
  const range = numbers.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  return { header, type: 'number', why: `All ${numbers.length} cells are numbers.`, values, range };
}

function ofTexts(
  header: ColumnHeader,
  cells: readonly string[],
  filled: readonly { readonly cell: string }[],
): SampleColumn {
  const { name } = header;
  const words = new Set(filled.map(({ cell }) => cell.toLowerCase()));
  const pair = BOOLEANS.find((one) => words.size === 2 && one.every((word) => words.has(word)));
  if (pair !== undefined) {
    const values = cells.map((cell) => (cell === '' ? null : cell.toLowerCase() === pair[1]));
    return { header, type: 'boolean', why: `Only ${pair.join(' and ')} occur.`, values };
  }
  const categories = [...new Set(filled.map(({ cell }) => cell))].sort((a, b) => (a < b ? -1 : 1));
  if (categories.length > MOST_CATEGORIES || categories.length > filled.length / 2) {
    throw samplesInvalid(
      `Column "${name}" holds ${categories.length} different texts in ${filled.length} rows, which are no categories. Pass over it with --ignore "${name}" if it is no input.`,
      { column: name },
    );
  }
  return {
    header,
    type: 'category',
    why: `${categories.length} different texts occur.`,
    values: cells.map((cell) => (cell === '' ? null : cell)),
    categories,
  };
}
