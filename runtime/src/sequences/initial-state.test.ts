import type { Manifest, TensorSpec } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { initialState, initialStateSizeBytes } from './initial-state.js';

function manifestWith(...inputs: TensorSpec[]): Manifest {
  const state = inputs.map(({ name }) => ({ input: name, output: `${name}_out` }));
  return { tensors: { inputs, outputs: [] }, sequence: { state } } as unknown as Manifest;
}

describe('initialState', () => {
  it('is zeros of the declared type and shape, by input, in declared order', () => {
    const state = initialState(
      manifestWith(
        { name: 'h', dataType: 'FP32', shape: [1, 2, 3] },
        { name: 'count', dataType: 'INT64', shape: [] },
        { name: 'flags', dataType: 'BOOL', shape: [5] },
      ),
    );
    expect(state).toEqual({
      h: { dataType: 'FP32', shape: [1, 2, 3], data: new Uint8Array(24) },
      count: { dataType: 'INT64', shape: [], data: new Uint8Array(8) },
      flags: { dataType: 'BOOL', shape: [5], data: new Uint8Array(5) },
    });
    expect(Object.keys(state)).toEqual(['h', 'count', 'flags']);
  });

  it('has 1 for every extent that may vary, first or not', () => {
    const state = initialState(manifestWith({ name: 'cache', dataType: 'FP16', shape: [-1, 8, -1] }));
    expect(state.cache).toEqual({ dataType: 'FP16', shape: [1, 8, 1], data: new Uint8Array(16) });
  });

  it.each(['FP32', 'FP64', 'FP16', 'BF16', 'INT8', 'INT16', 'INT32', 'UINT64', 'BOOL'] as const)(
    'has as many bytes of %s as it says without allocating them',
    (dataType) => {
      const manifest = manifestWith({ name: 'a', dataType, shape: [3, -1] }, { name: 'b', dataType, shape: [2] });
      const bytes = Object.values(initialState(manifest)).reduce((sum, { data }) => sum + data.byteLength, 0);
      expect(initialStateSizeBytes(manifest)).toBe(bytes);
    },
  );

  it('is empty for a model that keeps no state', () => {
    const manifest = { tensors: { inputs: [], outputs: [] } } as unknown as Manifest;
    expect(initialState(manifest)).toEqual({});
    expect(initialStateSizeBytes(manifest)).toBe(0);
  });

  it('names the field of a state input that cannot be one', () => {
    const undeclared = { tensors: { inputs: [], outputs: [] }, sequence: { state: [{ input: 'h', output: 'y' }] } };
    expect(() => initialState(undeclared as unknown as Manifest)).toThrowError(
      expect.objectContaining({
        code: 'DH_MANIFEST_INVALID',
        details: { file: 'model.json', field: '/sequence/state/0/input' },
      }),
    );
    const texts = manifestWith(
      { name: 'h', dataType: 'FP32', shape: [1] },
      { name: 't', dataType: 'BYTES', shape: [1] },
    );
    expect(() => initialState(texts)).toThrowError(
      expect.objectContaining({ code: 'DH_MANIFEST_INVALID', message: expect.stringContaining('/sequence/state/1') }),
    );
  });
});
