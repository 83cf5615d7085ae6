import type { inferenceV2 } from '@deephealth/proto';
import {
  checkByteLength,
  DeepHealthError,
  decodeBytesElements,
  elementCount,
  firstNonFinite,
  isDataTypeName,
  type RawTensor,
  tensorValues,
} from '@deephealth/sdk';
import { fromInferParameter } from './infer-parameters.js';
import type { HttpResponse } from './route.js';
import { type WritableJson, writeJson } from './write-json.js';

type Response = inferenceV2.ModelInferResponse;
type OutputTensor = NonNullable<Response['outputs']>[number];

/**
 * The answer to an infer request: JSON, and behind it the outputs that are wanted as binary data,
 * in the order of the outputs. Throws DH_TENSOR_CONTENT_INVALID or DH_VALUE_NOT_FINITE for an
 * output that JSON cannot carry, and says how to ask for it.
 */
export function toInferResponse(response: Response, wantsBinary: (output: string) => boolean): HttpResponse {
  const outputs = response.outputs ?? [];
  const contents = response.rawOutputContents ?? [];
  if (contents.length !== outputs.length) throw inconsistent('one raw entry per output');
  const binary: Uint8Array[] = [];
  const described = outputs.map((output, index) => {
    const raw = toBytes(contents[index] as Buffer);
    const name = output.name ?? '';
    const isShared = output.parameters?.shared_memory_region !== undefined;
    const isBinary = !isShared && wantsBinary(name);
    const tensor = isShared ? undefined : toTensor(output, raw);
    if (isBinary) binary.push(raw);
    return {
      name,
      datatype: output.datatype ?? '',
      shape: (output.shape ?? []).map((extent) => BigInt(String(extent))),
      parameters: toOutputParameters(output.parameters, isShared, isBinary ? raw.byteLength : undefined),
      data: isBinary || tensor === undefined ? undefined : toData(tensor, name),
    };
  });
  const json = writeJson({
    id: response.id ? response.id : undefined,
    model_name: response.modelName ?? '',
    model_version: response.modelVersion ?? '',
    parameters: toParameters(response.parameters),
    outputs: described,
  });
  if (binary.length === 0) return { status: 200, contentType: 'application/json', body: json };
  return {
    status: 200,
    contentType: 'application/octet-stream',
    headers: { 'inference-header-content-length': String(json.reduce((sum, part) => sum + part.byteLength, 0)) },
    body: [...json, ...binary],
  };
}

function toBytes(content: Buffer | Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content, 'base64') : content;
}

function toParameters(parameters: Response['parameters']): Record<string, WritableJson> | undefined {
  const entries = Object.entries(parameters ?? {}).flatMap(([name, parameter]) => {
    const value = fromInferParameter(parameter);
    return value === undefined ? [] : [[name, value] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/**
 * Of an output in shared memory, HTTP says nothing more, as Triton does: its C++ client takes every
 * output with parameters for one whose binary data follow.
 */
function toOutputParameters(
  parameters: OutputTensor['parameters'],
  isShared: boolean,
  binaryBytes: number | undefined,
): Record<string, WritableJson> | undefined {
  if (isShared) return undefined;
  const others = toParameters(parameters);
  return binaryBytes === undefined ? others : { ...others, binary_data_size: binaryBytes };
}

function toTensor(output: OutputTensor, data: Uint8Array): RawTensor {
  const { datatype = '', shape: extents = [] } = output;
  if (!isDataTypeName(datatype)) throw inconsistent('a known datatype');
  const shape = extents.map((extent) => Number(String(extent)));
  try {
    checkByteLength('output', datatype, shape, data.byteLength);
    if (datatype === 'BYTES') decodeBytesElements('output', data, elementCount(shape));
  } catch (cause) {
    throw inconsistent('as many bytes as its shape needs', cause);
  }
  return { dataType: datatype, shape, data };
}

/** Elements flat in row-major order. Each is exactly what the model gave. */
function toData(tensor: RawTensor, name: string): WritableJson[] {
  const { dataType } = tensor;
  if (dataType === 'FP16' || dataType === 'BF16') throw notJson('DH_TENSOR_CONTENT_INVALID', name, `is ${dataType}`);
  if (dataType === 'FP32' || dataType === 'FP64') {
    if (firstNonFinite(dataType, tensor.data) >= 0) throw notJson('DH_VALUE_NOT_FINITE', name, 'holds NaN or infinity');
  }
  const values = tensorValues(tensor);
  if (dataType !== 'BYTES') return values as (number | bigint | boolean)[];
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return (values as Uint8Array[]).map((element) => {
    try {
      return decoder.decode(element);
    } catch {
      throw notJson('DH_TENSOR_CONTENT_INVALID', name, 'holds bytes that are not UTF-8');
    }
  });
}

function notJson(
  code: 'DH_TENSOR_CONTENT_INVALID' | 'DH_VALUE_NOT_FINITE',
  name: string,
  what: string,
): DeepHealthError {
  return new DeepHealthError(
    code,
    `Output "${name}" ${what}, which JSON cannot carry. Ask for binary data: "parameters": {"binary_data": true} at the output, or {"binary_data_output": true} at the request.`,
    { details: { output: name, expected: 'binary data' } },
  );
}

/** A fault of ours, not of the caller. */
function inconsistent(expected: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_INTERNAL', 'Internal error. The log of the server has the details.', {
    cause: cause ?? new Error(`an infer response without ${expected}`),
  });
}
