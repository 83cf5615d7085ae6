import { describe, expect, it } from 'vitest';
import { eddlFile, eddlWeightsFile } from '../testing/eddl-models.js';
import { seededValues } from '../testing/seeded-random.js';
import { compareEddlWeights } from './compare-weights.js';
import { readEddlWeights } from './read-weights-file.js';

const W = { name: 'dense1_W', dataType: 'FP32' as const, shape: [40, 3], values: seededValues(120, 1) };
const B = { name: 'dense1_b', dataType: 'FP32' as const, shape: [3], values: seededValues(3, 2) };

const MODEL = eddlFile({
  inputs: [{ name: 'input1', dataType: 'FP32', shape: ['batch', 40] }],
  outputs: [{ name: 'dense1', dataType: 'FP32', shape: ['batch', 3] }],
  nodes: [{ op: 'Gemm', inputs: ['input1', 'dense1_W', 'dense1_b'], outputs: ['dense1'] }],
  initializers: [W, B],
});

describe('compareEddlWeights', () => {
  it('finds every tensor in the graph, whatever their order', () => {
    for (const tensors of [
      [W, B],
      [B, W],
    ]) {
      const { isIdentical, matches, unmatchedInitializers } = compareEddlWeights(MODEL, eddlWeightsFile(tensors));
      expect(isIdentical).toBe(true);
      expect(matches.map(({ initializer }) => initializer)).toEqual(tensors.map(({ name }) => name));
      expect(unmatchedInitializers).toEqual([]);
    }
  });

  it('sees one bit that differs, far behind in a tensor', () => {
    const file = Buffer.from(eddlWeightsFile([W, B]));
    const last = 4 + 8 + 119 * 4;
    file[last] = (file[last] as number) ^ 1;
    expect(compareEddlWeights(MODEL, file)).toMatchObject({
      isIdentical: false,
      matches: [
        { tensor: 1, shape: [40, 3] },
        { tensor: 2, initializer: 'dense1_b' },
      ],
      unmatchedInitializers: ['dense1_W'],
    });
  });

  it('tells the same bits in another shape, a tensor too many and one too few', () => {
    const flat = { ...W, shape: [120] };
    expect(compareEddlWeights(MODEL, eddlWeightsFile([flat, B])).matches[0]).toMatchObject({ isReshaped: true });
    expect(compareEddlWeights(MODEL, eddlWeightsFile([W]))).toMatchObject({
      isIdentical: false,
      unmatchedInitializers: ['dense1_b'],
    });
    expect(compareEddlWeights(MODEL, eddlWeightsFile([W, B, B]))).toMatchObject({
      isIdentical: false,
      matches: [{}, { initializer: 'dense1_b' }, { tensor: 3, isReshaped: false }],
    });
  });
});

describe('readEddlWeights', () => {
  const sound = eddlWeightsFile([W, B]);

  it('refuses a file that is cut off anywhere but between two tensors', () => {
    const whole = new Set([4 + 8 + 480, sound.length]);
    for (let length = 0; length < sound.length; length++) {
      const read = () => readEddlWeights(sound.subarray(0, length));
      if (whole.has(length)) expect(read).not.toThrow();
      else expect(read, String(length)).toThrow(expect.objectContaining({ code: 'DH_EDDL_WEIGHTS_INVALID' }));
    }
  });

  it.each([
    ['a rank of 0', [0]],
    ['a negative rank', [-1]],
    ['an extent of 0', [1, 0]],
    ['more elements than any memory has', [4, 2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1]],
  ])('refuses %s', (_, integers) => {
    expect(() => readEddlWeights(Buffer.from(Int32Array.from(integers).buffer))).toThrow(
      expect.objectContaining({ code: 'DH_EDDL_WEIGHTS_INVALID' }),
    );
  });
});
