import { type Manifest, type RawTensor, type TensorSpec, tensorFromValues } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { nextState } from './next-state.js';

const h: TensorSpec = { name: 'h', dataType: 'FP32', shape: [-1, 2], maxExtent: 3, range: [-10, 10] };
const manifestOf = (...inputs: TensorSpec[]): Manifest =>
  ({
    tensors: { inputs, outputs: [] },
    sequence: { state: inputs.map(({ name }) => ({ input: name, output: `${name}_out` })) },
  }) as unknown as Manifest;

describe('nextState', () => {
  it('is what the item gave, by input, without what is no state', () => {
    const given = { x: tensorFromValues('FP32', [1], [9]), h: tensorFromValues('FP32', [2, 2], [1, 2, 3, 4]) };
    expect(nextState(manifestOf(h), given)).toEqual({ h: { ...given.h, data: new Uint8Array(given.h.data) } });
  });

  it('owns its bytes: neither a later change nor the memory around them reaches it', () => {
    const message = new Uint8Array(4096);
    message.set(tensorFromValues('FP32', [1, 2], [1, 2]).data, 100);
    const data = Buffer.from(message.buffer, 100, 8);
    const shape = [1, 2];
    const { h: kept } = nextState(manifestOf(h), { h: { dataType: 'FP32', shape, data } });
    const before = [...(kept as RawTensor).data];
    data.fill(0xff);
    shape[0] = 7;
    expect([...(kept as RawTensor).data]).toEqual(before);
    expect(kept?.shape).toEqual([1, 2]);
    expect(kept?.data.buffer.byteLength).toBe(8);
  });

  it.each<[string, RawTensor | undefined, string]>([
    ['nothing', undefined, 'did not give it'],
    ['another type', tensorFromValues('FP64', [1, 2], [1, 2]), 'FP64'],
    ['another rank', tensorFromValues('FP32', [2], [1, 2]), '[2]'],
    ['another fixed extent', tensorFromValues('FP32', [1, 3], [1, 2, 3]), '[1, 3]'],
    ['an extent beyond the largest', tensorFromValues('FP32', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]), '1 to 3'],
    ['an extent of zero', tensorFromValues('FP32', [0, 2], []), '[0, 2]'],
    ['too few bytes', { dataType: 'FP32', shape: [1, 2], data: new Uint8Array(7) }, '7 bytes'],
    ['NaN', tensorFromValues('FP32', [1, 2], [0, Number.NaN]), 'element 1'],
    ['infinity', tensorFromValues('FP32', [1, 2], ['Infinity', 0]), 'element 0'],
    ['a value outside the range of the input', tensorFromValues('FP32', [1, 2], [0, 11]), 'element 1'],
  ])('refuses %s in the name of the output', (_, tensor, part) => {
    expect(() => nextState(manifestOf(h), tensor === undefined ? {} : { h: tensor })).toThrowError(
      expect.objectContaining({
        code: 'DH_MODEL_OUTPUT_INVALID',
        message: expect.stringContaining(part),
        details: expect.objectContaining({ output: 'h_out' }),
      }),
    );
  });

  it('takes NaN where the state input allows it', () => {
    const open: TensorSpec = { name: 'h', dataType: 'FP32', shape: [1], nonFinite: 'allow' };
    expect(() => nextState(manifestOf(open), { h: tensorFromValues('FP32', [1], ['NaN']) })).not.toThrow();
  });

  it('does not take what every object has for a tensor', () => {
    const odd: TensorSpec = { name: 'constructor', dataType: 'FP32', shape: [1] };
    expect(() => nextState(manifestOf(odd), {})).toThrowError(
      expect.objectContaining({ code: 'DH_MODEL_OUTPUT_INVALID' }),
    );
  });
});
