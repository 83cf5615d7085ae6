import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '../errors/deephealth-error.js';
import type { GoldenInput, GoldenTableValue } from '../package/golden.js';
import { toNamedInputs } from '../package/golden-request.js';
import { parseSignalCsv } from './signal-csv.js';

type Descriptor = Pick<runtimeV1.ModelDescriptor__Output, 'inputs'>;

/**
 * A file as the inputs of a model, by its extension:
 * - `.json`: a golden case, `{"inputs": {...}}` in the same notation, or, for a model with one table
 *   input, an object of columns: `{"age": {"value": 63, "unit": "a"}, "sex": "male"}`; null is a
 *   missing value;
 * - `.csv`: a signal with `# rate_hz:`, `# channels:` and `# unit:` lines, for one signal input;
 * - `.png`, `.jpg`, `.jpeg`: for one image input.
 *
 * Throws DH_REQUEST_MALFORMED or DH_MEDIA_TYPE_UNSUPPORTED naming what was expected.
 */
export async function readInputFile(path: string, model: Descriptor): Promise<runtimeV1.NamedInput[]> {
  const file = basename(path);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', `The input file "${file}" cannot be read. Check the path.`, {
      details: { file },
      cause,
    });
  }
  try {
    return await convert(file, bytes, model);
  } catch (cause) {
    if (cause instanceof DeepHealthError) throw cause;
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      `The input file "${file}" does not hold what its notation says: types, shapes and values must fit.`,
      { details: { file }, cause },
    );
  }
}

async function convert(file: string, bytes: Buffer, model: Descriptor): Promise<runtimeV1.NamedInput[]> {
  switch (extname(file).toLowerCase()) {
    case '.json':
      return toNamedInputs(jsonInputs(file, bytes, model));
    case '.csv':
      return toNamedInputs({
        [only(model, 'INPUT_KIND_SIGNAL', file).name]: { signal: parseSignalCsv(file, utf8(bytes)) },
      });
    case '.png':
      return image(model, file, bytes, 'image/png');
    case '.jpg':
    case '.jpeg':
      return image(model, file, bytes, 'image/jpeg');
    default:
      throw new DeepHealthError(
        'DH_MEDIA_TYPE_UNSUPPORTED',
        `"${file}" has an extension that is not read. Use .json, .csv, .png or .jpg.`,
        { details: { file } },
      );
  }
}

/** Text of a file. A byte order mark is dropped; what is not UTF-8 throws, and is not replaced silently. */
function utf8(bytes: Buffer): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

function image(model: Descriptor, file: string, data: Buffer, mediaType: string): runtimeV1.NamedInput[] {
  return [{ name: only(model, 'INPUT_KIND_IMAGE', file).name, image: { data, mediaType } }];
}

function jsonInputs(file: string, bytes: Buffer, model: Descriptor): Record<string, GoldenInput> {
  let document: unknown;
  try {
    document = JSON.parse(utf8(bytes));
  } catch (cause) {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', `"${file}" is not JSON.`, { details: { file }, cause });
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', `"${file}" must hold a JSON object.`, { details: { file } });
  }
  if ('inputs' in document) return (document as { inputs: Record<string, GoldenInput> }).inputs;
  // fromEntries makes own properties of all names, also of __proto__.
  const table = Object.fromEntries(
    Object.entries(document).map(([column, value]) => [column, toTableValue(file, column, value)]),
  );
  return { [only(model, 'INPUT_KIND_TABLE', file).name]: { table } };
}

function toTableValue(file: string, column: string, entry: unknown): GoldenTableValue {
  const { value, unit, ...others } =
    typeof entry === 'object' && entry !== null
      ? (entry as { value?: unknown; unit?: unknown })
      : { value: entry, unit: undefined };
  if ((unit !== undefined && typeof unit !== 'string') || Object.keys(others).length > 0) {
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      `"${file}": column "${column}" takes only "value" and, as text, "unit". Check the spelling.`,
      { details: { file, column } },
    );
  }
  if (value === null) return { missing: 'unknown' };
  if (typeof value === 'boolean') return { boolean: value };
  if (typeof value === 'string') return { category: value };
  if (typeof value === 'number') return { number: value, ...(unit === undefined ? {} : { unit }) };
  throw new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    `"${file}": column "${column}" needs a number, text, true, false or null, alone or as "value".`,
    { details: { file, column } },
  );
}

function only(model: Descriptor, kind: runtimeV1.InputKind, file: string): runtimeV1.InputDescriptor__Output {
  const [input, ...others] = model.inputs;
  if (input !== undefined && others.length === 0 && input.kind === kind) return input;
  const takes = model.inputs.map((i) => `"${i.name}" (${i.kind.replace('INPUT_KIND_', '').toLowerCase()})`).join(', ');
  throw new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    `"${file}" does not fit the model, which takes ${takes}. Send a .json file with "inputs".`,
    { details: { file } },
  );
}
