import { readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { FileRefusal } from '../errors/file-refusal.js';
import type { GoldenInput, GoldenTableValue } from '../package/golden.js';
import { toNamedInputs } from '../package/golden-request.js';
import { readDicomFolder } from './dicom-folder.js';
import { readDicomWaveform } from './dicom-waveform.js';
import { parseEdf } from './edf.js';
import { isObservation, readSampledData } from './fhir-sampled-data.js';
import type { Recording } from './recording.js';
import { type Part, toSignal } from './recording-signal.js';
import { parseSignalCsv } from './signal-csv.js';
import { sniffMediaType } from './sniff-media-type.js';
import { readWfdbRecord } from './wfdb-record.js';

type Descriptor = Pick<runtimeV1.ModelDescriptor__Output, 'inputs'>;

/** What is sent of a file: of an image its frame or page, from 0 (default: 0); of a recording a part of its time. */
export interface ChosenPart extends Part {
  readonly frame?: number;
}

const WITHOUT_FRAMES = ['.json', '.csv', '.edf', '.bdf', '.hea'];

/**
 * A file as the inputs of a model, by its extension:
 * - `.json`: a golden case, `{"inputs": {...}}` in the same notation, or, for a model with one table
 *   input, an object of columns: `{"age": {"value": 63, "unit": "a"}, "sex": "male"}`; null is a
 *   missing value;
 * - `.csv`: a signal with `# rate_hz:`, `# channels:` and `# unit:` lines, for one signal input;
 * - `.edf`, `.bdf`, `.hea` (a WFDB record, its signal files beside it), or a FHIR Observation with
 *   SampledData as `.json`, a DICOM waveform: for one signal input;
 * - `.nii`, `.nii.gz`, a folder of DICOM files, or one enhanced DICOM file: for one volume input;
 * - `.txt`: for one sequence input, its text;
 * - any other file, for one image input: PNG, JPEG, TIFF, BMP or DICOM by what it holds, whatever it is called.
 *
 * Throws DH_REQUEST_MALFORMED or DH_MEDIA_TYPE_UNSUPPORTED naming what was expected, DH_MEDIA_UNREADABLE
 * for a recording that is not what its extension says.
 *
 * @param chosen what is sent of a file that holds more
 */
export async function readInputFile(
  path: string,
  model: Descriptor,
  chosen: ChosenPart = {},
): Promise<runtimeV1.NamedInput[]> {
  const file = basename(path);
  let bytes: Buffer;
  try {
    if (isVolumeModel(model) && (await stat(path)).isDirectory()) return await dicomSeries(path, file, model);
    bytes = await readFile(path);
  } catch (cause) {
    if (cause instanceof DeepHealthError) throw cause;
    throw new DeepHealthError('DH_REQUEST_MALFORMED', `The input file "${file}" cannot be read. Check the path.`, {
      details: { file },
      cause,
    });
  }
  return readable(file, () => convert(file, bytes, model, chosen, (header) => readWfdbRecord(path, header)));
}

/**
 * The same for a file that has no place: its bytes, and its name, whose extension says what it is. A record that lies
 * in several files (`.hea`) is refused, and so is a folder.
 *
 * @throws as {@link readInputFile}
 */
export async function readInputBytes(
  file: string,
  bytes: Buffer,
  model: Descriptor,
  chosen: ChosenPart = {},
): Promise<runtimeV1.NamedInput[]> {
  return readable(file, () => convert(file, bytes, model, chosen, async () => alone(file)));
}

function alone(file: string): never {
  throw new DeepHealthError(
    'DH_MEDIA_TYPE_UNSUPPORTED',
    `"${file}" is one of several files of a record, and came alone. Send EDF, BDF or a .csv file.`,
    { details: { file } },
  );
}

async function readable(file: string, read: () => Promise<runtimeV1.NamedInput[]>): Promise<runtimeV1.NamedInput[]> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof DeepHealthError) throw cause;
    if (cause instanceof FileRefusal) {
      throw new DeepHealthError('DH_MEDIA_UNREADABLE', `The file "${file}" ${cause.message}.`, {
        details: { file },
        cause,
      });
    }
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      `The input file "${file}" does not hold what its notation says: types, shapes and values must fit.`,
      { details: { file }, cause },
    );
  }
}

async function convert(
  file: string,
  bytes: Buffer,
  model: Descriptor,
  { frame = 0, ...part }: ChosenPart,
  wfdb: (header: string) => Promise<Recording>,
): Promise<runtimeV1.NamedInput[]> {
  const isVolume = /\.nii(\.gz)?$/i.test(file);
  const extension = extname(file).toLowerCase();
  if (frame !== 0 && (isVolume || WITHOUT_FRAMES.includes(extension))) throw withoutFrames(file);
  const recorded = (recording: Recording): runtimeV1.NamedInput[] => {
    const { name, samplingRateHz } = only(model, 'INPUT_KIND_SIGNAL', file);
    return [{ name, signal: toSignal(recording, samplingRateHz, part) }];
  };
  if (isVolume) {
    const { name } = only(model, 'INPUT_KIND_VOLUME', file);
    return [{ name, volume: { file: { data: bytes, mediaType: 'application/x-nifti' } } }];
  }
  switch (extension) {
    case '.json': {
      const document = parseDocument(file, bytes);
      if (isObservation(document)) return recorded(readSampledData(document));
      return toNamedInputs(jsonInputs(file, document, model));
    }
    case '.edf':
    case '.bdf':
      return recorded(parseEdf(bytes));
    case '.hea':
      return recorded(await wfdb(utf8(bytes)));
    case '.txt': {
      const input = model.inputs.find(({ kind }) => kind === 'INPUT_KIND_SEQUENCE');
      if (input === undefined) return image(model, file, bytes, frame);
      return [{ name: only(model, 'INPUT_KIND_SEQUENCE', file).name, sequence: { text: utf8(bytes) } }];
    }
    case '.csv':
      return toNamedInputs({
        [only(model, 'INPUT_KIND_SIGNAL', file).name]: { signal: parseSignalCsv(file, utf8(bytes)) },
      });
    default:
      if (isSignalModel(model) && sniffMediaType(bytes) === 'application/dicom') {
        if (frame !== 0) throw withoutFrames(file);
        return recorded(await readDicomWaveform(bytes));
      }
      return image(model, file, bytes, frame);
  }
}

function withoutFrames(file: string): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', `"${file}" has no frames: only images have.`, {
    details: { file },
  });
}

function isVolumeModel({ inputs }: Descriptor): boolean {
  return inputs.some(({ kind }) => kind === 'INPUT_KIND_VOLUME');
}

function isSignalModel({ inputs }: Descriptor): boolean {
  return inputs.some(({ kind }) => kind === 'INPUT_KIND_SIGNAL');
}

async function dicomSeries(path: string, file: string, model: Descriptor): Promise<runtimeV1.NamedInput[]> {
  const { name } = only(model, 'INPUT_KIND_VOLUME', file);
  const files = (await readDicomFolder(path)).map((data) => ({ data, mediaType: 'application/dicom' }));
  const [first] = files;
  // One file alone can be a volume if it has frames.
  if (first !== undefined && files.length === 1) return [{ name, volume: { file: first } }];
  return [{ name, volume: { series: { files } } }];
}

/** Text of a file. A byte order mark is dropped; what is not UTF-8 throws, and is not replaced silently. */
function utf8(bytes: Buffer): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** The media type is that of the content: a file of a hospital may be called anything. */
function image(model: Descriptor, file: string, data: Buffer, frame: number): runtimeV1.NamedInput[] {
  const mediaType = sniffMediaType(data);
  if (mediaType === undefined) {
    throw new DeepHealthError(
      'DH_MEDIA_TYPE_UNSUPPORTED',
      `"${file}" is none of .json, .csv, .edf, .bdf, .hea, .nii and .nii.gz, and holds no PNG, JPEG, TIFF, BMP or DICOM image.`,
      { details: { file } },
    );
  }
  if (mediaType === 'application/dicom' && isVolumeModel(model)) {
    const { name } = only(model, 'INPUT_KIND_VOLUME', file);
    if (frame !== 0) throw withoutFrames(file);
    return [{ name, volume: { file: { data, mediaType } } }];
  }
  return [{ name: only(model, 'INPUT_KIND_IMAGE', file).name, image: { data, mediaType, frame } }];
}

function parseDocument(file: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8(bytes));
  } catch (cause) {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', `"${file}" is not JSON.`, { details: { file }, cause });
  }
}

function jsonInputs(file: string, document: unknown, model: Descriptor): Record<string, GoldenInput> {
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
