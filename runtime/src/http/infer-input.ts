import type { inferenceV2 } from '@deephealth/proto';
import {
  checkByteLength,
  DATA_TYPE_NAMES,
  type DataTypeName,
  DeepHealthError,
  isDataTypeName,
  parseShape,
} from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import type { BinaryPart } from './binary-part.js';
import { encodeJsonData } from './encode-json-data.js';
import { toInferParameters } from './infer-parameters.js';
import { asArray, asSize, asString, field, kind, onlyFields, optionalObject } from './json-fields.js';
import type { JsonObject, JsonValue } from './json-value.js';

/** An input of a request. */
export interface InferInput {
  readonly name: string;
  readonly tensor: inferenceV2.ModelInferRequest__Output['inputs'][number];
  /** Undefined for an input that lies in shared memory. */
  readonly raw: Buffer | undefined;
}

/**
 * Reads the input at `path` of a request, whose bytes are its "data", a part of what lies behind
 * the JSON, or in shared memory. Throws DH_REQUEST_MALFORMED, DH_TENSOR_* or DH_PARAMETER_INVALID.
 */
export function toInferInput(input: JsonObject, path: string, binary: BinaryPart | undefined): InferInput {
  onlyFields(input, path, ['name', 'shape', 'datatype', 'parameters', 'data']);
  const name = asString(field(input, 'name'), `${path}.name`);
  const label = shorten(name);
  const dataType = toDataType(asString(field(input, 'datatype'), `${path}.datatype`), label);
  const shape = toShape(field(input, 'shape'), path, label);
  const parameters = optionalObject(input, 'parameters', `${path}.parameters`);
  const tensor = {
    name,
    datatype: dataType,
    shape: shape.map(String),
    parameters: toInferParameters(parameters, `${path}.parameters`, 'binary_data_size'),
    contents: null,
  };
  const data = field(input, 'data');
  const size = parameters === undefined ? undefined : field(parameters, 'binary_data_size');
  const isShared = Object.hasOwn(tensor.parameters, 'shared_memory_region');
  if ([data !== undefined, size !== undefined, isShared].filter(Boolean).length !== 1) {
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      `Input "${label}" needs exactly one of: "data", the parameter "binary_data_size", the parameter "shared_memory_region".`,
      { details: { input: label } },
    );
  }
  if (isShared) return { name, tensor, raw: undefined };
  if (data !== undefined) return { name, tensor, raw: encodeJsonData(label, dataType, shape, data) };
  if (binary === undefined) {
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      `Input "${label}" has binary data, so the header Inference-Header-Content-Length must give the length of the JSON.`,
      { details: { input: label, field: 'inference-header-content-length' } },
    );
  }
  const raw = binary.take(asSize(size, `${path}.parameters.binary_data_size`), label);
  checkByteLength(label, dataType, shape, raw.byteLength);
  return { name, tensor, raw };
}

function toDataType(text: string, label: string): DataTypeName {
  if (isDataTypeName(text)) return text;
  const expected = DATA_TYPE_NAMES.join(', ');
  throw new DeepHealthError('DH_TENSOR_DATATYPE_MISMATCH', `Input "${label}": "datatype" must be one of ${expected}.`, {
    details: { input: label, expected, received: shorten(text) },
  });
}

function toShape(value: JsonValue | undefined, path: string, label: string): number[] {
  const extents = asArray(value, `${path}.shape`).map((extent, axis) => {
    if (typeof extent === 'bigint' || (typeof extent === 'number' && Number.isSafeInteger(extent))) {
      return BigInt(extent).toString();
    }
    throw new DeepHealthError(
      'DH_TENSOR_SHAPE_MISMATCH',
      `Input "${label}": extent ${axis} of the shape must be a whole number, got ${kind(extent)}.`,
      { details: { input: label, axis: String(axis), expected: 'a whole number, 0 or more', received: kind(extent) } },
    );
  });
  return parseShape(label, extents);
}
