import { type DataTypeName, type DeepHealthError, type TensorSpec, tensorFromValues } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { checkPreparedTensor } from './check-prepared-tensor.js';
import type { PreparedTensor } from './prepared-tensor.js';

const spec: TensorSpec = { name: 'x', dataType: 'FP32', shape: [-1, 2], maxExtent: 3 };
const computed = (shape: number[], ...data: number[]): PreparedTensor => ({
  dataType: 'FP32',
  shape,
  data: Float32Array.from(data),
});
const passed = (dataType: DataTypeName, values: (number | bigint)[]): PreparedTensor => {
  const { data } = tensorFromValues(dataType, [values.length], values);
  // One byte into a buffer, as bytes of a message may lie.
  const shifted = new Uint8Array(data.byteLength + 1).subarray(1);
  shifted.set(data);
  return { dataType, shape: [values.length], data: shifted };
};

function failure(tensorSpec: TensorSpec, tensor: PreparedTensor): DeepHealthError | undefined {
  try {
    checkPreparedTensor('labs', tensorSpec, tensor);
  } catch (error) {
    return error as DeepHealthError;
  }
  return undefined;
}

describe('checkPreparedTensor', () => {
  it('accepts what fits', () => {
    expect(failure(spec, computed([1, 2], 1, 2))).toBeUndefined();
    expect(failure(spec, computed([3, 2], 1, 2, 3, 4, 5, 6))).toBeUndefined();
  });

  it('refuses another type, rank or extent', () => {
    expect(failure(spec, passed('FP64', [1, 2]))?.code).toBe('DH_TENSOR_DATATYPE_MISMATCH');
    for (const shape of [[2], [1, 1, 2], [2, 1], [4, 2], [0, 2]]) {
      expect(failure(spec, computed(shape, 1, 2))?.code).toBe('DH_TENSOR_SHAPE_MISMATCH');
    }
  });

  it('refuses what steps computed to infinity, naming the input that the caller knows', () => {
    const error = failure(spec, computed([1, 2], 0, Number.POSITIVE_INFINITY));
    expect(error).toMatchObject({ code: 'DH_VALUE_NOT_FINITE', details: { input: 'labs', index: '1' } });
  });

  it.each(['FP16', 'BF16', 'FP32', 'FP64'] as const)(
    'looks for NaN and for the range in the bytes of %s',
    (dataType) => {
      const typed: TensorSpec = { name: 'x', dataType, shape: [-1] };
      expect(failure(typed, passed(dataType, [0, 1, Number.NaN]))?.code).toBe('DH_VALUE_NOT_FINITE');
      expect(failure({ ...typed, nonFinite: 'allow' }, passed(dataType, [Number.NaN]))).toBeUndefined();
      const ranged: TensorSpec = { ...typed, range: [-1, 2] };
      expect(failure(ranged, passed(dataType, [-1, 2, 0]))).toBeUndefined();
      expect(failure(ranged, passed(dataType, [-1, 2.5]))).toMatchObject({
        code: 'DH_VALUE_OUT_OF_RANGE',
        details: { index: '1' },
      });
    },
  );

  it('looks at the range of integers, 64-bit ones too', () => {
    for (const dataType of ['INT64', 'UINT8', 'INT32'] as const) {
      const ranged: TensorSpec = { name: 'x', dataType, shape: [-1], range: [1, 5] };
      const of = (value: number) => passed(dataType, [dataType === 'INT64' ? BigInt(value) : value]);
      expect(failure(ranged, of(5))).toBeUndefined();
      expect(failure(ranged, of(6))?.code).toBe('DH_VALUE_OUT_OF_RANGE');
      expect(failure(ranged, of(0))?.code).toBe('DH_VALUE_OUT_OF_RANGE');
    }
  });

  it('takes the FP32 number nearest to a bound as inside', () => {
    expect(failure({ ...spec, range: [0, 0.1] }, computed([1, 2], 0, 0.1))).toBeUndefined();
  });
});
