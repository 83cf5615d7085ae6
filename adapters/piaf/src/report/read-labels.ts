import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { DeepHealthError, repeatedKey } from '@deephealth/sdk';
import { parse } from 'csv-parse/sync';

/** What is true of one item. */
export interface ItemLabel {
  /** Classes that it has; more than one only for models of several. Absent if only a mask is known. */
  readonly classes?: readonly string[];
  /** Path of a NIfTI or PNG file with its regions. */
  readonly mask?: string;
}

/** By item, `item-000001`. */
export type CohortLabels = ReadonlyMap<string, ItemLabel>;

const MOST_BYTES = 64 * 2 ** 20;
const MOST_LABELS = 1_000_000;
const ITEM = /^item-\d{6,}$/;
const COLUMNS = ['item', 'label', 'mask'];

interface Row {
  /** "line 3", "entry 3". */
  readonly where: string;
  readonly item: string | undefined;
  readonly label: string | undefined;
  readonly mask: string | undefined;
}

/**
 * Reads labels: CSV with the columns `item` and `label` or `mask`, or JSON, a list of such objects or one object of
 * labels by item. Items are named as in the results, or counted from 1; without a column `item`, the first label is
 * that of the first input. Several classes of one item stand with `|` between them. An empty label says nothing of
 * its item. Masks are found from the folder of the file.
 *
 * @throws DH_CHAIN_REQUEST_INVALID naming the line, or the entry, and never a path
 */
export async function readLabels(path: string): Promise<CohortLabels> {
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );
  if (size === undefined) throw labelsInvalid('there is no such file');
  if (size > MOST_BYTES) throw labelsInvalid(`it has more than ${MOST_BYTES} bytes`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    throw labelsInvalid('it is no text in UTF-8', cause);
  }
  const isJson = extname(path).toLowerCase() === '.json';
  return parseLabels(text, isJson ? 'json' : 'csv', dirname(path));
}

/** The same, of a text. `folder` is where masks are found from. Throws as readLabels does. */
export function parseLabels(text: string, format: 'csv' | 'json', folder: string): CohortLabels {
  const rows = format === 'csv' ? csvRows(text) : jsonRows(text);
  if (rows.length > MOST_LABELS) throw labelsInvalid(`it has more than ${MOST_LABELS} labels`);
  const labels = new Map<string, ItemLabel>();
  const seen = new Set<string>();
  rows.forEach(({ where, item: named, label = '', mask = '' }, index) => {
    const item = named === undefined ? itemName(index + 1) : itemOf(named, where);
    if (seen.has(item)) throw labelsInvalid(`${where}: ${item} stands in it twice`);
    seen.add(item);
    if (label === '' && mask === '') return;
    const classes = label === '' ? undefined : label.split('|').map((one) => one.trim());
    if (classes?.some((one) => one === '') || new Set(classes).size !== (classes?.length ?? 0)) {
      throw labelsInvalid(`${where}: a class is empty, or stands twice; expected names with "|" between them`);
    }
    labels.set(item, {
      ...(classes === undefined ? {} : { classes }),
      ...(mask === '' ? {} : { mask: resolve(folder, mask) }),
    });
  });
  if (labels.size === 0) throw labelsInvalid('it has no label');
  return labels;
}

function csvRows(text: string): Row[] {
  let records: { readonly info: { readonly lines: number }; readonly record: readonly string[] }[];
  try {
    records = parse(text, {
      ...{ bom: true, info: true, relax_column_count: true, trim: true },
      max_record_size: 65_536,
    }) as unknown as typeof records;
  } catch (cause) {
    const { lines } = cause as { lines?: unknown };
    throw labelsInvalid(`${typeof lines === 'number' ? `line ${lines}: ` : ''}it is no CSV as in RFC 4180`, cause);
  }
  // By position, an empty line has its place; at the end it is none.
  while (records.length > 1 && records.at(-1)?.record.join('') === '') records.pop();
  const [head, ...rows] = records;
  const columns = head?.record ?? [];
  const unknown = columns.find((one) => !COLUMNS.includes(one));
  if (unknown !== undefined || new Set(columns).size < columns.length || !columns.some((one) => one !== 'item')) {
    throw labelsInvalid(`line 1: expected the columns item, label and mask, each at most once, with label or mask`);
  }
  return rows.map(({ info, record }): Row => {
    const where = `line ${info.lines}`;
    if (record.length !== columns.length) {
      throw labelsInvalid(`${where}: expected ${columns.length} fields, got ${record.length}`);
    }
    const of = (column: string) => (columns.includes(column) ? record[columns.indexOf(column)] : undefined);
    return { where, item: of('item'), label: of('label'), mask: of('mask') };
  });
}

function jsonRows(text: string): Row[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw labelsInvalid('it is no JSON', cause);
  }
  if (repeatedKey(text) !== undefined) throw labelsInvalid('a name stands twice in an object');
  if (Array.isArray(document)) {
    const hasItems = document.some((one) => isObject(one) && 'item' in one);
    return document.map((one: unknown, index): Row => {
      const where = `entry ${index + 1}`;
      const { item, ...rest } = isObject(one) ? one : { label: one };
      if (hasItems !== (item !== undefined))
        throw labelsInvalid(`${where}: either every entry names its item, or none`);
      if (item !== undefined && typeof item !== 'string' && typeof item !== 'number') throw notALabel(where);
      return { where, item: item === undefined ? undefined : String(item), ...jsonLabel(rest, where) };
    });
  }
  if (!isObject(document)) throw labelsInvalid('expected a list, or labels by item');
  return Object.entries(document).map(([item, one], index): Row => {
    const where = `entry ${index + 1}`;
    return { where, item, ...jsonLabel(isObject(one) ? one : { label: one }, where) };
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function jsonLabel(one: Readonly<Record<string, unknown>>, where: string): Pick<Row, 'label' | 'mask'> {
  const { label = null, mask = null, ...more } = one;
  const names = Array.isArray(label) ? label : label === null ? [] : [label];
  const isSound = names.every((name) => typeof name === 'string') && (mask === null || typeof mask === 'string');
  if (!isSound || Object.keys(more).length > 0) throw notALabel(where);
  return { label: names.join('|'), mask: (mask as string | null) ?? undefined };
}

function notALabel(where: string): DeepHealthError {
  return labelsInvalid(`${where}: expected a class, a list of classes, or an object with item, label and mask`);
}

/** `item-000001` of "item-000001" and of "1". */
function itemOf(text: string, where: string): string {
  if (ITEM.test(text)) return text;
  if (/^[1-9]\d{0,9}$/.test(text)) return itemName(Number(text));
  throw labelsInvalid(`${where}: expected an item such as item-000001, or its place from 1`);
}

function itemName(place: number): string {
  return `item-${String(place).padStart(6, '0')}`;
}

/** Labels are the caller's; what is wrong with them is told by its place alone. */
export function labelsInvalid(why: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_REQUEST_INVALID', `The file of labels cannot be used: ${why}.`, {
    details: { field: 'labels' },
    ...(cause === undefined ? {} : { cause }),
  });
}
