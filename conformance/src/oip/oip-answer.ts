import type { inferenceV2 } from '@deephealth/proto';
import { ELEMENT_SIZE_BYTES, elementCount, isDataTypeName, type RawTensor, tensorFromValues } from '@deephealth/sdk';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import type { HttpAnswer } from './http-exchange.js';
import { parseLossless } from './lossless-json.js';
import { contentsField } from './prepare-infer.js';

/** An inference that was answered, whatever face it came over. */
export interface InferAnswer {
  readonly id: string | undefined;
  readonly modelName: string | undefined;
  readonly modelVersion: string | undefined;
  /** In the order of the answer, by the target's names. */
  readonly outputs: readonly (RawTensor & { readonly name: string })[];
}

type Element = number | bigint | boolean | string | Uint8Array;

/**
 * Reads an answer over gRPC. Throws TargetFailure for one that the protocol does not allow, and NotJudged for raw
 * BYTES of an unknown layout that nobody asked for: how these lie is not the protocol's to say.
 *
 * @param isLaidOut raw BYTES are asked for as the binary data extension has them
 */
export function readMessage(message: inferenceV2.ModelInferResponse__Output, isLaidOut: boolean): InferAnswer {
  const { outputs, rawOutputContents: raw } = message;
  if (raw.length > 0 && raw.length !== outputs.length) {
    throw new TargetFailure(`${outputs.length} outputs have ${raw.length} raw contents: there must be one for each`);
  }
  return {
    id: message.id,
    modelName: message.modelName,
    modelVersion: message.modelVersion,
    outputs: outputs.map(({ name, datatype, shape: extents, contents }, index) => {
      const held = Object.entries(contents ?? {}).filter(([, list]) => Array.isArray(list) && list.length > 0);
      if (raw.length > 0) {
        if (held.length > 0) throw new TargetFailure(`output "${name}" has typed contents beside raw ones`);
        return rawOutput(name, datatype, extents, raw[index] as Buffer, isLaidOut);
      }
      const field = contentsField(datatype);
      const stray = held.find(([key]) => key !== field);
      if (stray !== undefined) throw new TargetFailure(`output "${name}" is ${datatype} and has ${stray[0]}`);
      const values = field === undefined ? [] : (contents?.[field] ?? []);
      return typedOutput(name, datatype, extents, values as Element[]);
    }),
  };
}

/** Reads an answer over HTTP: JSON, and binary tensor data behind it. Throws TargetFailure. */
export function readBody({ headers, body }: HttpAnswer): InferAnswer {
  const header = headers['inference-header-content-length'];
  const length = header === undefined ? body.byteLength : Number(header);
  if (!(length <= body.byteLength)) {
    throw new TargetFailure(`Inference-Header-Content-Length is ${header}, the body has ${body.byteLength} bytes`);
  }
  const answer = parseObject(body.subarray(0, length));
  const { id, model_name: modelName, model_version: modelVersion, outputs } = answer;
  if (!Array.isArray(outputs)) throw new TargetFailure('"outputs" of the answer is no list');
  let at = length;
  const read = outputs.map((output: Record<string, unknown>) => {
    const { name, datatype, shape, data, parameters } = output;
    if (typeof name !== 'string' || typeof datatype !== 'string' || !Array.isArray(shape)) {
      throw new TargetFailure('an output must have "name", "datatype" and "shape"');
    }
    const size = (parameters as Record<string, unknown> | undefined)?.binary_data_size;
    if (typeof size !== 'number') return jsonOutput(name, datatype, shape, data);
    const raw = body.subarray(at, at + size);
    at += size;
    return rawOutput(name, datatype, shape, raw, true);
  });
  if (at !== body.byteLength) throw new TargetFailure(`${body.byteLength - at} bytes lie behind the last output`);
  return {
    id: text(id, 'id'),
    modelName: text(modelName, 'model_name'),
    modelVersion: text(modelVersion, 'model_version'),
    outputs: read,
  };
}

/** The object that a body is. Throws TargetFailure. */
export function parseObject(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseLossless(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    const shown = body.toString('latin1').slice(0, 120);
    throw new TargetFailure(`the body is no JSON (${(cause as Error).message}): ${JSON.stringify(shown)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TargetFailure(`the body is no JSON object: ${body.toString().slice(0, 120)}`);
  }
  return value as Record<string, unknown>;
}

function text(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new TargetFailure(`"${name}" of the answer is no text`);
  return value;
}

function shapeOf(name: string, extents: readonly unknown[]): number[] {
  const shape = extents.map(Number);
  if (shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) return shape;
  throw new TargetFailure(`output "${name}" has the shape [${extents}]`);
}

function rawOutput(
  name: string,
  datatype: string,
  extents: readonly unknown[],
  data: Uint8Array,
  isLaidOut: boolean,
): RawTensor & { readonly name: string } {
  const shape = shapeOf(name, extents);
  if (!isDataTypeName(datatype)) throw new TargetFailure(`output "${name}" has the datatype "${datatype}"`);
  if (datatype === 'BYTES') {
    if (isSplit(data, elementCount(shape))) return { name, dataType: datatype, shape, data };
    const what = `raw contents of "${name}" are not as the binary data extension lays out BYTES`;
    throw isLaidOut ? new TargetFailure(what) : new NotJudged('inconclusive', what);
  }
  const expected = elementCount(shape) * (ELEMENT_SIZE_BYTES[datatype] ?? 0);
  if (data.byteLength !== expected) {
    throw new TargetFailure(`output "${name}" ${datatype} [${shape}] has ${data.byteLength} bytes, not ${expected}`);
  }
  return { name, dataType: datatype, shape, data };
}

/** Whether bytes are this many elements, each after its length in four little-endian bytes. */
export function isSplit(data: Uint8Array, count: number): boolean {
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  for (let element = 0; element < count; element++) {
    if (at + 4 > view.byteLength) return false;
    at += 4 + view.readUInt32LE(at);
  }
  return at === view.byteLength;
}

function typedOutput(name: string, datatype: string, extents: readonly unknown[], values: readonly Element[]) {
  const shape = shapeOf(name, extents);
  if (!isDataTypeName(datatype)) throw new TargetFailure(`output "${name}" has the datatype "${datatype}"`);
  if (values.length !== elementCount(shape)) {
    throw new TargetFailure(`output "${name}" ${datatype} [${shape}] has ${values.length} elements`);
  }
  try {
    return { name, ...tensorFromValues(datatype, shape, values) };
  } catch (cause) {
    throw new TargetFailure(`output "${name}" ${datatype}: ${(cause as Error).message}`);
  }
}

function jsonOutput(name: string, datatype: string, shape: readonly unknown[], data: unknown) {
  if (!Array.isArray(data)) throw new TargetFailure(`"data" of the output "${name}" is no list`);
  const values = data.flat(Number.POSITIVE_INFINITY) as unknown[];
  // "Each element may be an integer, floating-point number, string or boolean value": null is none of them.
  const stray = values.find((one) => !isElement(datatype, one));
  if (stray !== undefined) {
    throw new TargetFailure(`"data" of the ${datatype} output "${name}" holds ${JSON.stringify(stray)}`);
  }
  return typedOutput(name, datatype, shape, values as Element[]);
}

function isElement(datatype: string, value: unknown): boolean {
  if (datatype === 'BYTES') return typeof value === 'string';
  if (datatype === 'BOOL') return typeof value === 'boolean' || value === 0 || value === 1;
  // JSON has no number for these; a text is the only form that the protocol leaves.
  if (/^[BF]/.test(datatype) && typeof value === 'string') return /^(?:nan|[-+]?inf(?:inity)?)$/i.test(value);
  return typeof value === 'number' || typeof value === 'bigint';
}
