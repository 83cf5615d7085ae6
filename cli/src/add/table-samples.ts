import { parse } from 'csv-parse/sync';
import { type ColumnHeader, toColumnHeader } from './column-header.js';
import { samplesInvalid } from './samples-invalid.js';

/** Rows of a CSV file with a header line. */
export interface TableSamples {
  readonly headers: readonly ColumnHeader[];
  /** Cells in the order of the headers, without blanks around them. */
  readonly rows: readonly (readonly string[])[];
}

const MOST_ROWS = 1_000_000;

/** Throws DH_ADD_SAMPLES_INVALID for text that is no table, and for one without rows. */
export function toTableSamples(text: string): TableSamples {
  if (text.trim() === '') throw samplesInvalid('The file of samples is empty. Expected a header line and rows.');
  let lines: string[][];
  try {
    lines = parse(text, { bom: true, skip_empty_lines: true, trim: true, to: MOST_ROWS }) as string[][];
  } catch (cause) {
    const row = (cause as { lines?: unknown }).lines;
    const where = typeof row === 'number' ? ` near line ${row}` : '';
    throw samplesInvalid(
      `The file of samples is no CSV${where}: each row needs as many cells as the header, separated by commas.`,
    );
  }
  const [head = [], ...rows] = lines;
  const headers = head.map(toColumnHeader);
  const names = headers.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined)
    throw samplesInvalid(`Two columns of the samples have the name "${twice}".`, { column: twice });
  if (names.some((name) => name.length > 128 || /[\u0000-\u001f\u007f]/.test(name)))
    throw samplesInvalid(
      'A column of the samples has a name that is longer than 128 characters or has control characters.',
    );
  if (rows.length === 0) throw samplesInvalid('The file of samples has a header line and no row.');
  return { headers, rows };
}
