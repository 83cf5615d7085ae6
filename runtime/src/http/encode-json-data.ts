import {
  type DataTypeName,
  DeepHealthError,
  elementCount,
  encodeBytesElements,
  tensorFromValues,
} from '@deephealth/sdk';
import { kind } from './json-fields.js';
import { type JsonValue, RoundedNumber } from './json-value.js';

type Scalar = number | bigint | boolean | string;

/**
 * `data` of an input, nested as its shape or flat in row-major order, as the raw bytes of the
 * tensor. Nothing is converted on the way: booleans are no numbers, a number with a fraction is no
 * integer, a text is an element of BYTES and nothing else.
 *
 * Throws DH_TENSOR_SHAPE_MISMATCH if the nesting is not the shape, DH_TENSOR_SIZE_MISMATCH for more
 * or fewer elements, DH_TENSOR_CONTENT_INVALID for an element that the type cannot hold exactly (or
 * to the nearest, for floating point), naming its index and never its value.
 */
export function encodeJsonData(
  name: string,
  dataType: DataTypeName,
  shape: readonly number[],
  data: JsonValue,
): Buffer {
  if (dataType === 'FP16' || dataType === 'BF16') {
    throw content(name, `${dataType} cannot be sent as JSON. Send it as binary data ("binary_data_size").`, {
      expected: 'binary data',
    });
  }
  const flat = flatten(name, shape, data);
  if (dataType === 'BYTES') return toBuffer(encodeTexts(name, flat));
  const values = flat.map((value, index) => {
    const problem = problemOf(dataType, value);
    if (problem === undefined) return value instanceof RoundedNumber ? value.value : (value as Scalar);
    throw content(name, `element ${index} must be ${problem}, got ${kind(value)}.`, {
      index: String(index),
      expected: problem,
    });
  });
  try {
    return toBuffer(tensorFromValues(dataType, shape, values).data);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const index = values.findIndex((value) => !fits(dataType, value));
    throw content(
      name,
      `element ${index} is outside the range of ${dataType}.`,
      { index: String(index), expected: dataType },
      cause,
    );
  }
}

function flatten(name: string, shape: readonly number[], data: JsonValue): readonly JsonValue[] {
  const count = elementCount(shape);
  if (!Array.isArray(data)) {
    if (shape.length === 0) return [data];
    throw new DeepHealthError('DH_REQUEST_MALFORMED', `Input "${name}": "data" must be an array, got ${kind(data)}.`, {
      details: { input: name, expected: 'an array', received: kind(data) },
    });
  }
  if (shape.length > 1 && Array.isArray(data[0])) {
    const flat: JsonValue[] = [];
    flattenLevel(name, shape, data, 0, flat);
    return flat;
  }
  if (data.length === count) return data;
  throw new DeepHealthError(
    'DH_TENSOR_SIZE_MISMATCH',
    `Input "${name}": the shape [${shape.join(', ')}] needs ${count} elements, "data" holds ${data.length}.`,
    { details: { input: name, expected: String(count), received: String(data.length) } },
  );
}

function flattenLevel(name: string, shape: readonly number[], data: JsonValue, axis: number, flat: JsonValue[]): void {
  if (axis === shape.length) {
    flat.push(data);
    return;
  }
  const extent = shape[axis] as number;
  if (!Array.isArray(data) || data.length !== extent) {
    const received = Array.isArray(data) ? `an array of ${data.length}` : kind(data);
    throw new DeepHealthError(
      'DH_TENSOR_SHAPE_MISMATCH',
      `Input "${name}": "data" must be nested as the shape [${shape.join(', ')}]; level ${axis + 1} must be an array of ${extent}, got ${received}.`,
      { details: { input: name, axis: String(axis), expected: `an array of ${extent}`, received } },
    );
  }
  for (const inner of data) flattenLevel(name, shape, inner, axis + 1, flat);
}

/** What the element must be, if it is not. */
function problemOf(dataType: DataTypeName, value: JsonValue): string | undefined {
  if (dataType === 'BOOL') return typeof value === 'boolean' ? undefined : 'true or false';
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  if (dataType === 'FP32' || dataType === 'FP64') {
    return isNumber || value instanceof RoundedNumber ? undefined : 'a number';
  }
  return isNumber && (typeof value === 'bigint' || Number.isInteger(value))
    ? undefined
    : 'a whole number without fraction';
}

function fits(dataType: DataTypeName, value: Scalar): boolean {
  try {
    tensorFromValues(dataType, [], [value]);
    return true;
  } catch {
    return false;
  }
}

function encodeTexts(name: string, values: readonly JsonValue[]): Uint8Array {
  const elements = values.map((value, index) => {
    if (typeof value === 'string') return Buffer.from(value);
    throw content(name, `element ${index} must be a text, got ${kind(value)}.`, {
      index: String(index),
      expected: 'a text',
    });
  });
  return encodeBytesElements(elements);
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function content(name: string, what: string, details: Record<string, string>, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_TENSOR_CONTENT_INVALID', `Input "${name}": ${what}`, {
    details: { input: name, ...details },
    ...(cause === undefined ? {} : { cause }),
  });
}
