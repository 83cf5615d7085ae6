import { contractRoot, type runtimeV1 } from '@deephealth/proto';
import { NestedWriter } from '../wire/nested-writer.js';

type General<T> = (message: T) => Buffer;

// What a large answer left behind is not kept: such answers go the general way.
const LARGEST_TENSOR_BYTES = 64 * 1024;

const MODES = numbersOf('ClassificationMode');
const DATA_TYPES = numbersOf('DataType');
const WARNING_KINDS = numbersOf('WarningKind');

/** The contract's own numbers, so that a new value cannot get another one here. Zero is never written. */
function numbersOf(name: string): Readonly<Record<string, number>> {
  const { values } = contractRoot().lookupEnum(`deephealth.runtime.v1.${name}`);
  return Object.fromEntries(Object.entries(values).filter(([, number]) => number !== 0));
}

/** Fields of a finding that are written here. */
const WRITTEN = new Set(['name', 'codes', 'classification', 'tensor']);

/** Something about a message is not plain. */
class NotPlain extends Error {}
const NOT_PLAIN = new NotPlain();

/**
 * Encodes PredictResponse as protobuf does. By hand, because most of the time of a small answer went
 * into copying it from one object to another first. Classifications and small tensors are written
 * here; every other answer is left to `general`.
 */
export function predictResponseEncoder(
  general: General<runtimeV1.PredictResponse>,
): General<runtimeV1.PredictResponse> {
  const writer = new NestedWriter();
  return (response) => written(writer, () => writeResponse(writer, response)) ?? general(response);
}

/** The same of PredictStreamResponse. */
export function predictStreamResponseEncoder(
  general: General<runtimeV1.PredictStreamResponse>,
): General<runtimeV1.PredictStreamResponse> {
  const writer = new NestedWriter();
  return (message) => {
    const { result } = message;
    const response = result?.response;
    if (!result || !response) return general(message);
    const { itemId = '' } = result;
    const bytes = written(writer, () => {
      const inResult = writer.open(2);
      writer.text(1, itemId);
      const inResponse = writer.open(2);
      writeResponse(writer, response);
      writer.close(inResponse);
      writer.close(inResult);
    });
    return bytes ?? general(message);
  };
}

const findingsWriter = new NestedWriter();

/** On findings whose bytes are known already, so that an answer is not encoded twice; a WeakMap costs five times as much. */
const ENCODED = Symbol('encoded');
type Findings = readonly runtimeV1.Finding[] & { [ENCODED]?: Buffer };

/**
 * The bytes of findings as they stand in a PredictResponse, which are sent as they are afterwards; undefined for
 * findings that are not encoded here.
 */
export function encodeFindings(findings: readonly runtimeV1.Finding[]): Buffer | undefined {
  const bytes = written(findingsWriter, () => writeFindings(findingsWriter, findings));
  if (bytes !== undefined) (findings as Findings)[ENCODED] = bytes;
  return bytes;
}

function written(writer: NestedWriter, write: () => void): Buffer | undefined {
  writer.reset();
  try {
    write();
  } catch (thrown) {
    if (thrown === NOT_PLAIN) return undefined;
    throw thrown;
  }
  return writer.finish();
}

function writeResponse(writer: NestedWriter, response: runtimeV1.PredictResponse): void {
  writer.text(1, response.requestId ?? '');
  const { findings = [] } = response;
  const bytes = (findings as Findings)[ENCODED];
  if (bytes === undefined) writeFindings(writer, findings);
  else writer.append(bytes);
  if (response.provenance) {
    const start = writer.open(3);
    writeProvenance(writer, response.provenance);
    writer.close(start);
  }
  for (const { kind, field = '', message = '' } of response.warnings ?? []) {
    const start = writer.open(4);
    writer.integer(1, numberOf(WARNING_KINDS, kind));
    writer.text(2, field);
    writer.text(3, message);
    writer.close(start);
  }
}

function writeFindings(writer: NestedWriter, findings: readonly runtimeV1.Finding[]): void {
  for (const finding of findings) {
    const start = writer.open(2);
    writeFinding(writer, finding);
    writer.close(start);
  }
}

function writeFinding(writer: NestedWriter, finding: runtimeV1.Finding): void {
  const { name = '', codes = [], classification, tensor } = finding;
  for (const field in finding) {
    if (!WRITTEN.has(field) && finding[field as keyof typeof finding] != null) throw NOT_PLAIN;
  }
  if (Boolean(classification) === Boolean(tensor)) throw NOT_PLAIN;
  writer.text(1, name);
  writeCodes(writer, codes);
  if (classification) {
    const start = writer.open(3);
    writeClassification(writer, classification);
    writer.close(start);
  } else if (tensor) {
    const start = writer.open(10);
    writeTensor(writer, tensor);
    writer.close(start);
  }
}

function writeClassification(writer: NestedWriter, classification: runtimeV1.Classification): void {
  const { mode, classes = [], decision = [], abstained } = classification;
  writer.integer(1, numberOf(MODES, mode));
  for (const { label = '', codes = [], probability = 0, threshold } of classes) {
    const start = writer.open(2);
    writer.text(1, label);
    writeCodes(writer, codes);
    if (Object.is(probability, 0) === false) writer.double(3, Number(probability));
    if (threshold !== undefined) writer.double(4, Number(threshold));
    writer.close(start);
  }
  for (const label of decision) writer.element(3, label);
  if (abstained === true) writer.integer(4, 1);
}

function writeTensor(writer: NestedWriter, { dataType, shape = [], data }: runtimeV1.Tensor): void {
  if (!(data instanceof Uint8Array) || data.byteLength > LARGEST_TENSOR_BYTES) throw NOT_PLAIN;
  writer.integer(1, numberOf(DATA_TYPES, dataType));
  writer.packed(2, shape.map(count));
  if (data.byteLength > 0) writer.raw(3, data);
}

/** Each is a message of field 2: of findings and of classes alike. */
function writeCodes(writer: NestedWriter, codes: readonly runtimeV1.Coding[]): void {
  for (const { system = '', version = '', code = '', display = '' } of codes) {
    const start = writer.open(2);
    writer.text(1, system);
    writer.text(2, version);
    writer.text(3, code);
    writer.text(4, display);
    writer.close(start);
  }
}

function writeProvenance(writer: NestedWriter, provenance: runtimeV1.Provenance): void {
  if (provenance.steps !== undefined && provenance.steps.length > 0) throw NOT_PLAIN;
  if (provenance.calibrations !== undefined && provenance.calibrations.length > 0) throw NOT_PLAIN;
  // Its tag takes two bytes.
  if (provenance.byRollout === true) throw NOT_PLAIN;
  writer.text(1, provenance.modelName ?? '');
  writer.text(2, provenance.modelVersion ?? '');
  writer.text(3, provenance.packageSha256 ?? '');
  writer.text(4, provenance.onnxSha256 ?? '');
  writer.text(5, provenance.runtime ?? '');
  writer.text(6, provenance.engine ?? '');
  writer.text(7, provenance.executionProvider ?? '');
  writer.integer(8, count(provenance.batchSize));
  if (provenance.timings) {
    const { queueUs, preprocessUs, inferenceUs, postprocessUs, totalUs } = provenance.timings;
    const start = writer.open(9);
    writer.integer(1, count(queueUs));
    writer.integer(2, count(preprocessUs));
    writer.integer(3, count(inferenceUs));
    writer.integer(4, count(postprocessUs));
    writer.integer(5, count(totalUs));
    writer.close(start);
  }
  if (provenance.completedAt) {
    const start = writer.open(10);
    writer.integer(1, count(provenance.completedAt.seconds));
    writer.integer(2, count(provenance.completedAt.nanos));
    writer.close(start);
  }
  writer.text(11, provenance.contractVersion ?? '');
  writer.text(12, provenance.inputSha256 ?? '');
  writer.text(14, provenance.sequenceId ?? '');
  writer.integer(15, count(provenance.sequencePosition));
}

/** A number as it is written: whole, and not negative. */
function count(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === 'string') return count(Number(value));
  if (typeof value !== 'number' || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) throw NOT_PLAIN;
  return Math.floor(value);
}

function numberOf(values: Readonly<Record<string, number>>, name: unknown): number {
  const value = typeof name === 'string' ? values[name] : undefined;
  if (value === undefined) throw NOT_PLAIN;
  return value;
}
