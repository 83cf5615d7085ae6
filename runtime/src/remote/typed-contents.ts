import type { inferenceV2 } from '@deephealth/proto';
import {
  type DataTypeName,
  encodeBytesElements,
  type RawTensor,
  tensorFromValues,
  tensorValues,
  toBytes,
} from '@deephealth/sdk';
import { CONTENTS_FIELD } from '../open-inference/contents-field.js';

type Contents = inferenceV2.InferTensorContents;
type ReadContents = inferenceV2.InferTensorContents__Output;

/** False for the 16-bit floats, which the protocol carries as raw bytes only. */
export function hasTypedForm(dataType: DataTypeName): boolean {
  return CONTENTS_FIELD[dataType] !== undefined;
}

/** A tensor as typed contents. Its type must have a typed form. */
export function toTypedContents(tensor: RawTensor): Contents {
  const list = CONTENTS_FIELD[tensor.dataType];
  if (list === undefined) throw new Error(`${tensor.dataType} has no typed form`);
  return { [list]: tensorValues(tensor).map((value) => (typeof value === 'bigint' ? String(value) : value)) };
}

/** True if any list of the contents holds something. */
export function holdsElements(contents: ReadContents | null): boolean {
  return contents !== null && Object.values(contents).some((list) => Array.isArray(list) && list.length > 0);
}

/**
 * Typed contents as the bytes that raw contents would be, in memory of their own. Throws RangeError
 * unless the list of the type, and no other, holds exactly `count` elements that the type can hold.
 */
export function fromTypedContents(dataType: DataTypeName, count: number, contents: ReadContents | null): Uint8Array {
  const field = CONTENTS_FIELD[dataType];
  if (field === undefined) throw new RangeError(`${dataType} has no typed form`);
  const others = contents === null ? null : { ...contents, [field]: [] };
  if (holdsElements(others)) throw new RangeError(`elements of ${dataType} lie in the list of another type`);
  const list = contents?.[field] ?? [];
  if (list.length !== count) throw new RangeError(`${list.length} elements where ${count} belong`);
  switch (dataType) {
    case 'BYTES':
      return encodeBytesElements(list as Buffer[]);
    // The lists of these hold nothing that the type could not.
    case 'FP32':
      return toBytes(Float32Array.from(list as number[]));
    case 'FP64':
      return toBytes(Float64Array.from(list as number[]));
    case 'INT32':
      return toBytes(Int32Array.from(list as number[]));
    default:
      return tensorFromValues(dataType, [count], list as (number | string | boolean)[]).data;
  }
}
