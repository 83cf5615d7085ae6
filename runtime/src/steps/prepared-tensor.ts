import type { DataTypeName } from '@deephealth/sdk';

/**
 * A tensor ready for the graph. What steps computed is a Float32Array that nothing else holds; what
 * came as a tensor stays the caller's little-endian bytes, borrowed and untouched, at any alignment.
 */
export type PreparedTensor = ComputedTensor | PassedTensor;

export interface ComputedTensor {
  readonly dataType: 'FP32';
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface PassedTensor {
  readonly dataType: DataTypeName;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}
