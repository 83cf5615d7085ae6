import { type RawTensor, toBytes, toTypedArray } from '@deephealth/sdk';

/** Values of an FP32 tensor; a view where its bytes are aligned, so they are only read. */
export function fp32Values({ data }: RawTensor): Float32Array {
  return toTypedArray('FP32', data, { mayBorrow: true });
}

/** An FP32 tensor in the memory of `values`. */
export function fp32Tensor(shape: readonly number[], values: Float32Array): RawTensor {
  return { dataType: 'FP32', shape, data: toBytes(values) };
}
