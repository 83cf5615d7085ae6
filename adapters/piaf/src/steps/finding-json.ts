import type { runtimeV1 } from '@deephealth/proto';
import { checkByteLength, DeepHealthError, fromContractDataType, parseShape, type RawTensor } from '@deephealth/sdk';
import { type EncodedTensor, encodeTensor } from './encode-tensor.js';
import type { ItemResult, ResultFile } from './run-folder.js';

/** Keeps bytes as a file of the item and says where; `name` is a plain file name, once in each item. */
export type WriteItemFile = (name: string, bytes: Uint8Array, mediaType: string) => Promise<ResultFile>;

type Json = string | number | boolean | Json[] | { [key: string]: Json };
type Place = { readonly finding: string; readonly member: string; readonly grid?: runtimeV1.Grid__Output | null };

/** Messages that hold a tensor, by the member that holds it. */
const GRIDDED = { mask: 'labels', map: 'values', highlight: 'values' } as const;

interface GriddedMessage {
  readonly labels?: runtimeV1.Tensor__Output | null;
  readonly values?: runtimeV1.Tensor__Output | null;
  readonly grid: runtimeV1.Grid__Output | null;
}

/**
 * An answer of the contract as it stands in results: numbers as they are, tensors as files beside it.
 *
 * - masks, maps and highlights on a grid in a body: NIfTI-1, on the grid of the input, not compressed
 * - masks of pictures: PNG, grey, 8 or 16 bits, a sample is a label
 * - other maps, highlights and tensors: NumPy files; tensors of byte strings: JSON with base64
 *
 * Nothing that depends on when or where it ran is in it, so equal answers give equal bytes.
 *
 * @throws DH_RESPONSE_INVALID for an answer without provenance, and for a tensor that is not of its shape
 */
export async function toItemFindings(
  response: runtimeV1.PredictResponse__Output,
  writeFile: WriteItemFile,
): Promise<Pick<ItemResult, 'findings' | 'warnings' | 'files' | 'model' | 'ranOn'>> {
  const { findings: found, warnings, provenance } = response;
  if (!provenance) throw responseInvalid('it has no provenance');
  const files: ResultFile[] = [];
  const nameFile = fileNames();
  const keep = async (tensor: runtimeV1.Tensor__Output | null, place: Place): Promise<Json> => {
    const { raw, bytes, extension, mediaType } = encoded(tensor, place);
    const suffix = place.member === 'highlight' ? '.highlight' : '';
    const file = await writeFile(nameFile(place.finding, `${suffix}${extension}`), bytes, mediaType);
    files.push({ ...file, name: place.finding });
    return { file: file.path, dataType: raw.dataType, shape: [...raw.shape] };
  };
  const findings: Json[] = [];
  for (const { value: _, name, codes, tensor, ...rest } of found) {
    const document: Record<string, Json> = { name, codes: toJson(codes) };
    for (const [member, held] of Object.entries(rest).sort(byKey)) {
      if (held === null || held === undefined) continue;
      if (!isGridded(member)) {
        document[member] = toJson(held);
        continue;
      }
      const { [GRIDDED[member]]: inner, ...own } = held as unknown as GriddedMessage;
      const place = { finding: name, member, grid: own.grid };
      document[member] = { ...(toJson(own) as object), [GRIDDED[member]]: await keep(inner ?? null, place) };
    }
    if (tensor) document.tensor = await keep(tensor, { finding: name, member: 'tensor' });
    findings.push(document);
  }
  const { modelName, modelVersion, packageSha256, onnxSha256, engine, executionProvider } = provenance;
  return {
    findings,
    warnings: warnings.map(({ kind, field, message }) => ({ kind, field, message })),
    files,
    model: { name: modelName, version: modelVersion, packageSha256, onnxSha256 },
    ranOn: { engine, executionProvider },
  };
}

function isGridded(member: string): member is keyof typeof GRIDDED {
  return Object.hasOwn(GRIDDED, member);
}

/** As protobuf's JSON form has it, keys sorted. */
function toJson(value: unknown): Json {
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([key, held]) => held !== null && held !== undefined && !key.startsWith('_'))
      .sort(byKey);
    return Object.fromEntries(members.map(([key, held]) => [key, toJson(held)]));
  }
  // JSON has no such numbers; protobuf's JSON form writes them as words.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value as string | number | boolean;
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

function encoded(tensor: runtimeV1.Tensor__Output | null, place: Place): EncodedTensor & { readonly raw: RawTensor } {
  const { finding } = place;
  const dataType = fromContractDataType(tensor?.dataType);
  if (!tensor || dataType === undefined) throw responseInvalid(`"${finding}" has no tensor`);
  try {
    const shape = parseShape(finding, tensor.shape);
    if (dataType !== 'BYTES') checkByteLength(finding, dataType, shape, tensor.data.byteLength);
    const raw = { dataType, shape, data: tensor.data };
    return { raw, ...encodeTensor(raw, place) };
  } catch (error) {
    throw responseInvalid(`the tensor of "${finding}" is not of its type and shape`, error);
  }
}

/** Names of outputs may be anything; names of files are letters and digits, and differ by more than their case. */
function fileNames(): (finding: string, ending: string) => string {
  const taken = new Set<string>();
  return (finding, ending) => {
    const stem = finding.replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, 64);
    for (let turn = 1; ; turn++) {
      const name = `${turn === 1 ? stem : `${stem}-${turn}`}${ending}`;
      if (taken.has(name.toLowerCase())) continue;
      taken.add(name.toLowerCase());
      return name;
    }
  };
}

function responseInvalid(why: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_RESPONSE_INVALID', `The answer of the model cannot be kept: ${why}.`, {
    ...(cause === undefined ? {} : { cause }),
  });
}
