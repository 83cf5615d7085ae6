import type { inferenceV2 } from '@deephealth/proto';
import { type DataTypeName, DeepHealthError, encodeBytesElements, tensorFromValues } from '@deephealth/sdk';
import { CONTENTS_FIELD } from './contents-field.js';

/** An input of a ModelInfer request. */
export type InputTensor = inferenceV2.ModelInferRequest__Output['inputs'][number];

/** True if any typed content was sent, whatever its type. */
export function holdsContents(input: InputTensor): boolean {
  return Object.values(input.contents ?? {}).some((list) => Array.isArray(list) && list.length > 0);
}

/**
 * Typed contents as the bytes that raw contents would hold. An integer outside its type is refused,
 * where Triton takes its lowest bytes. Throws DH_TENSOR_CONTENT_INVALID.
 */
export function encodeContents(input: InputTensor, dataType: DataTypeName | undefined): Uint8Array {
  if (dataType === undefined) return new Uint8Array();
  const field = CONTENTS_FIELD[dataType];
  if (field === undefined) {
    throw new DeepHealthError(
      'DH_TENSOR_CONTENT_INVALID',
      `${dataType} input '${input.name}' must be sent as raw_input_contents.`,
      { details: { input: input.name } },
    );
  }
  const list = (input.contents?.[field] ?? []) as (number | string | boolean | Buffer)[];
  if (dataType === 'BYTES') return encodeBytesElements(list as Buffer[]);
  try {
    return tensorFromValues(dataType, [list.length], list as (number | string | boolean)[]).data;
  } catch (cause) {
    throw new DeepHealthError(
      'DH_TENSOR_CONTENT_INVALID',
      `A value of input '${input.name}' does not fit ${dataType}.`,
      { details: { input: input.name, expected: dataType }, cause },
    );
  }
}
