import { basename, extname } from 'node:path';
import type { InputValue, InputValues, KnowledgeBase } from '@deephealth/adapter-expressif';
import { DeepHealthError } from '@deephealth/sdk';
import { parse } from 'csv-parse/sync';
import { readText } from './read-rules-file.js';

/** Values that rules are run on: one record, or many. */
export interface Records {
  readonly records: readonly InputValues[];
  /** Whether the file is of one record, which then is shown in full. */
  readonly isSingle: boolean;
}

const MISSING = new Set(['', 'na', 'n/a', '?', 'null', 'none']);

/**
 * Reads records: JSON (an object of values by the names of the inputs, or a list of such), or CSV with a header
 * line. A name that is no input of the rule base is refused rather than left out, so that a slip of the pen is
 * no missing value.
 *
 * @throws DH_REQUEST_MALFORMED naming the record and the field
 */
export async function readRecords(
  path: string,
  knowledgeBase: KnowledgeBase,
  ignored: readonly string[],
): Promise<Records> {
  const file = basename(path);
  const text = await readText(path, file);
  const inputs = new Set(knowledgeBase.inputs.map(({ name }) => name));
  const isCsv = extname(file).toLowerCase() === '.csv';
  const rows = isCsv ? csvRows(text, file) : jsonRows(text, file);
  const records = rows.list.map((row, index) => {
    const where = rows.isSingle ? '' : `record ${index + 1}, `;
    return Object.fromEntries(
      Object.entries(row)
        .filter(([name]) => !ignored.includes(name))
        .map(([name, value]) => {
          if (!inputs.has(name)) {
            throw malformed(
              file,
              `${where}field "${name}": the rules have no input of this name; --ignore ${name} passes it over`,
            );
          }
          return [name, isCsv ? csvValue(String(value), file, where, name) : jsonValue(value, file, where, name)];
        }),
    );
  });
  return { records, isSingle: rows.isSingle };
}

interface Rows {
  readonly list: readonly Readonly<Record<string, unknown>>[];
  readonly isSingle: boolean;
}

function csvRows(text: string, file: string): Rows {
  try {
    const list = parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true }) as Record<
      string,
      string
    >[];
    return { list, isSingle: false };
  } catch (cause) {
    throw malformed(file, 'it is no CSV with a header line and as many fields in every line', cause);
  }
}

function jsonRows(text: string, file: string): Rows {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw malformed(file, 'it is no JSON', cause);
  }
  const list = Array.isArray(document) ? document : [document];
  if (!list.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one))) {
    throw malformed(file, 'it must hold an object of values, or a list of such');
  }
  return { list, isSingle: !Array.isArray(document) };
}

function csvValue(text: string, file: string, where: string, name: string): InputValue {
  if (MISSING.has(text.toLowerCase())) return undefined;
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  throw malformed(file, `${where}field "${name}": it must be a number, or empty where the value is missing`);
}

function jsonValue(value: unknown, file: string, where: string, name: string): InputValue {
  if (value === null) return undefined;
  if (typeof value === 'number') return value;
  const { degrees } = (typeof value === 'object' ? value : {}) as { degrees?: unknown };
  if (
    typeof degrees === 'object' &&
    degrees !== null &&
    Object.values(degrees).every((one) => typeof one === 'number')
  ) {
    return { degrees: degrees as Record<string, number> };
  }
  throw malformed(
    file,
    `${where}field "${name}": it must be a number, null where it is missing, or {"degrees": {"term": number}}`,
  );
}

function malformed(file: string, what: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', `"${file}": ${what}.`, {
    details: { file },
    ...(cause === undefined ? {} : { cause }),
  });
}
