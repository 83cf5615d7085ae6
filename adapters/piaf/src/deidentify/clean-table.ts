import { repeatedKey } from '@deephealth/sdk';
import { type CleaningJob, readWhole, writeAll } from './cleaning-job.js';
import { invalid, refusal } from './refusals.js';

const MOST_BYTES = 1024 * 1024;
const MOST_CATEGORY = 64;
/** Words of a code: no mail address, path, date, or number that could be one of a record. */
const CATEGORY = /^(?!.*\d{4})[\p{L}\p{N}<>][\p{L}\p{N}_+<>=%.()-]*(?:[ /][\p{L}\p{N}_+<>=%.()-]+){0,5}$/u;
const UNIT = /^(?!.*\d{4})[A-Za-z0-9%/.*^[\]{}()'_+-]{1,24}$/;

type Cell = number | boolean | string | null;

/**
 * A row of a table: the columns that the chain takes, and of each a number, true, false, null or a short category,
 * in the order of the columns. Nothing else of the file survives.
 *
 * @throws DH_CHAIN_INPUT_INVALID for what is no such table, DH_DEIDENTIFICATION_REFUSED for a text that is no
 * category or unit, and where the chain names no columns
 */
export async function cleanTable(job: CleaningJob): Promise<void> {
  const { columns } = job;
  if (columns === undefined) throw refusal('is a table, and the chain does not say which columns it takes');
  const document = parse(await readWhole(job, MOST_BYTES));
  const table: [string, unknown][] = [];
  for (const [column, value] of Object.entries(document)) {
    if (!columns.includes(column)) job.tally.add('columns');
    else if (typeof value === 'object' && value !== null) table.push([column, measurement(job, column, value)]);
    else table.push([column, cell(job, column, value)]);
  }
  if (table.length === 0) throw invalid('has none of the columns that the chain takes');
  table.sort(([a], [b]) => columns.indexOf(a) - columns.indexOf(b));
  await writeAll(job.target, Buffer.from(`${JSON.stringify(Object.fromEntries(table))}\n`));
}

function parse(bytes: Buffer): Record<string, unknown> {
  let document: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    document = JSON.parse(text);
  } catch {
    // What the parser says quotes the text.
    throw invalid('is not JSON');
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw invalid('holds no JSON object');
  if (repeatedKey(text) !== undefined) throw invalid('holds a member twice');
  return document as Record<string, unknown>;
}

function measurement(job: CleaningJob, column: string, entry: object): unknown {
  const { value, unit, ...others } = entry as { value?: unknown; unit?: unknown };
  job.tally.add('members of a value', Object.keys(others).length);
  const kept = cell(job, column, value);
  if (unit === undefined) return { value: kept };
  if (typeof unit !== 'string' || !UNIT.test(unit))
    throw refusal(`has a unit of column ${JSON.stringify(column)} that is no unit`);
  return { value: kept, unit };
}

/** The column is one of the chain's, and may be named. */
function cell({ categories }: CleaningJob, column: string, value: unknown): Cell {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  const name = JSON.stringify(column);
  if (typeof value !== 'string')
    throw invalid(`has a value of column ${name} that is no number, text, true, false or null`);
  const listed = categories !== undefined && Object.hasOwn(categories, column) ? categories[column] : undefined;
  if (listed === undefined ? value.length <= MOST_CATEGORY && CATEGORY.test(value) : listed.includes(value))
    return value;
  throw refusal(`has a text of column ${name} that is none of its categories`);
}
