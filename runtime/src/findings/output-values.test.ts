import { describe, expect, it } from 'vitest';
import { checkOutputTensor } from './output-values.js';

const spec = { name: 'p', dataType: 'FP32', shape: [1], range: [0, 1] } as const;
const give = (value: number) => () =>
  checkOutputTensor(spec, { dataType: 'FP32', shape: [1], data: Float32Array.of(value) });

describe('a declared range', () => {
  it("lets through what the engine's own sigmoid gives where it saturates", () => {
    for (const value of [1 + 2 ** -23, 1 + 2 ** -20, -(2 ** -21), 0, 1]) expect(give(value)).not.toThrow();
  });

  it('refuses what is more than rounding', () => {
    for (const value of [1 + 2 ** -19, -(2 ** -19), 2, Number.NaN]) {
      expect(give(value)).toThrow(expect.objectContaining({ code: 'DH_MODEL_OUTPUT_INVALID' }));
    }
  });
});
