import { text } from '../../text/text.js';
import type { ColumnFacts } from '../model/model-facts.js';

/** What was typed, by the column's name; empty or absent where nothing was. */
export type FormValues = Readonly<Record<string, string>>;

/** A value as the server reads it. */
export type NamedValues = Readonly<
  Record<string, { readonly value: number | string | boolean; readonly unit?: string }>
>;

export interface ParsedForm {
  /** Absent if anything has to be corrected. */
  readonly values?: NamedValues;
  /** By the column's name. */
  readonly problems: Readonly<Record<string, string>>;
  /** Columns whose value is accepted but unlike the training data. */
  readonly outsideTraining: readonly string[];
}

// A comma is no point: in some countries it parts thousands.
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** Reads a form. What may be left empty is left out, so that the model's own replacement is used. */
export function parseForm(columns: readonly ColumnFacts[], typed: FormValues): ParsedForm {
  const values: Record<string, NamedValues[string]> = {};
  const problems: Record<string, string> = {};
  const outsideTraining: string[] = [];
  for (const column of columns) {
    const { name, type, unit, validRange, trainingRange } = column;
    const input = (typed[name] ?? '').trim();
    if (input === '') {
      if (column.replacement === undefined) problems[name] = text.try.needed;
      continue;
    }
    if (type !== 'number') {
      values[name] = { value: type === 'boolean' ? input === 'true' : input };
      continue;
    }
    const number = NUMBER.test(input) ? Number(input) : Number.NaN;
    if (!Number.isFinite(number)) problems[name] = text.try.notNumber;
    else if (validRange !== undefined && (number < validRange[0] || number > validRange[1]))
      problems[name] = text.try.outOfRange(...validRange);
    else {
      values[name] = { value: number, ...(unit !== '' && { unit }) };
      if (trainingRange !== undefined && (number < trainingRange[0] || number > trainingRange[1]))
        outsideTraining.push(name);
    }
  }
  return { problems, outsideTraining, ...(Object.keys(problems).length === 0 && { values }) };
}

/** An example's values as somebody would type them; undefined if it's not an object with a value for some column. */
export function valuesOfExample(columns: readonly ColumnFacts[], example: unknown): FormValues | undefined {
  if (typeof example !== 'object' || example === null) return undefined;
  const given = example as Readonly<Record<string, unknown>>;
  const typed: Record<string, string> = {};
  for (const { name, unit } of columns) {
    const entry = given[name];
    const fields =
      typeof entry === 'object' && entry !== null ? (entry as { value?: unknown; unit?: unknown }) : undefined;
    const value = fields === undefined ? entry : fields.value;
    if (value === undefined || value === null) continue;
    // A value in another unit would be another value in the form, which names its own.
    if (typeof fields?.unit === 'string' && fields.unit !== unit) return undefined;
    typed[name] = String(value);
  }
  return Object.keys(typed).length === 0 ? undefined : typed;
}
