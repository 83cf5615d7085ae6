import type { inferenceV2 } from '@deephealth/proto';
import type { DataTypeName } from '@deephealth/sdk';

/**
 * The list that holds the elements of each type (Open Inference Protocol, InferTensorContents). The 16-bit
 * floats have none: the protocol carries them as raw bytes only.
 */
export const CONTENTS_FIELD: Readonly<Partial<Record<DataTypeName, keyof inferenceV2.InferTensorContents__Output>>> = {
  BOOL: 'boolContents',
  INT8: 'intContents',
  INT16: 'intContents',
  INT32: 'intContents',
  INT64: 'int64Contents',
  UINT8: 'uintContents',
  UINT16: 'uintContents',
  UINT32: 'uintContents',
  UINT64: 'uint64Contents',
  FP32: 'fp32Contents',
  FP64: 'fp64Contents',
  BYTES: 'bytesContents',
};
