import { createRequire } from 'node:module';
import type { DataTypeName } from '@deephealth/sdk';
import type { Tensor } from 'onnxruntime-node';

// Nothing here may load the engine itself: most hosts do so in a thread of its own only.

/** Name and version of the engine, for provenance. */
export const ENGINE = `onnxruntime-node/${(createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version}`;

export const ELEMENT_TYPES: Partial<Record<DataTypeName, Tensor.Type>> = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
};

/** True for the tensor types that the engine's JavaScript binding can carry. */
export function isRunnable(dataType: DataTypeName): boolean {
  return ELEMENT_TYPES[dataType] !== undefined;
}
