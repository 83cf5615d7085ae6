import { describe, expect, it } from 'vitest';
import { buildOnnxModel, type ModelDeclaration, type NodeDeclaration } from '../../testing/onnx-model-builder.js';
import { externalDataModel, matMulReference, mlpModel, mlpReference } from '../../testing/sound-models.js';
import { evaluateGraph } from './evaluate-graph.js';
import { tensorOf } from './reference-tensor.js';

const MLP = { features: 4, hidden: 7, classes: 3, seed: 5 };
const row = [0.5, -1, 2, 0.25];
const given = (name: string, shape: readonly number[], values: readonly number[]) =>
  new Map([[name, { shape, values: Float64Array.from(values) }]]);

function valuesOf(model: Uint8Array, inputs: ReturnType<typeof given>, output: string): number[] {
  const evaluated = evaluateGraph(model, inputs);
  if ('notComputed' in evaluated) throw new Error(evaluated.notComputed);
  return [...(evaluated.outputs.get(output)?.values ?? [])];
}

/** One node over an input `x` of FP32. */
function single(
  node: Partial<NodeDeclaration> & { op: string },
  shape: readonly number[],
  initializers: ModelDeclaration['initializers'] = [],
  opset = 13,
): Uint8Array {
  return buildOnnxModel({
    opset,
    inputs: [{ name: 'x', dataType: 'FP32', shape: [...shape] }],
    outputs: [{ name: 'y', dataType: 'FP32' }],
    nodes: [{ inputs: ['x', ...initializers.map(({ name }) => name)], outputs: ['y'], ...node }],
    initializers,
  });
}

const weights = (name: string, shape: readonly number[], values: readonly number[]) => ({
  name,
  dataType: 'FP32' as const,
  shape,
  values,
});

describe('a graph in float64', () => {
  it('is that of a perceptron that was written down separately', () => {
    const got = valuesOf(mlpModel(MLP), given('features', [2, 4], [...row, ...row.map((x) => -x)]), 'probabilities');
    const expected = [
      ...mlpReference(MLP, row),
      ...mlpReference(
        MLP,
        row.map((x) => -x),
      ),
    ];
    got.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] as number, 6);
    });
    expect(got).toHaveLength(6);
  });

  it('reads weights of another file, and does without where it is not given', () => {
    const { model, data } = externalDataModel({ location: 'w.bin' });
    const inputs = given('x', [1, 4], row);
    const evaluated = evaluateGraph(model, inputs, new Map([['w.bin', data]]));
    const got = 'outputs' in evaluated ? [...(evaluated.outputs.get('y')?.values ?? [])] : [];
    matMulReference({ rows: 4, columns: 3 }, row).forEach((value, i) => {
      expect(got[i]).toBeCloseTo(value, 6);
    });
    expect(evaluateGraph(model, inputs)).toEqual({ notComputed: expect.stringContaining('not there') });
  });

  it.each<[string, Uint8Array, readonly number[], readonly number[], readonly number[]]>([
    ['Relu', single({ op: 'Relu' }, [3]), [3], [-1, 0, 2], [0, 0, 2]],
    ['LeakyRelu', single({ op: 'LeakyRelu', attributes: { alpha: { float: 0.5 } } }, [2]), [2], [-1, 2], [-0.5, 2]],
    ['Sigmoid', single({ op: 'Sigmoid' }, [1]), [1], [Math.log(3)], [0.75]],
    ['Softmax', single({ op: 'Softmax' }, [1, 2]), [1, 2], [0, Math.log(3)], [0.25, 0.75]],
    [
      'Add, broadcast',
      single({ op: 'Add' }, [2, 2], [weights('b', [2], [10, 20])]),
      [2, 2],
      [1, 2, 3, 4],
      [11, 22, 13, 24],
    ],
    [
      'Sub by column',
      single({ op: 'Sub' }, [2, 2], [weights('b', [2, 1], [1, 2])]),
      [2, 2],
      [1, 2, 3, 4],
      [0, 1, 1, 2],
    ],
    [
      'Gemm, transposed and weighed',
      single(
        { op: 'Gemm', attributes: { transB: { int: 1 }, alpha: { float: 2 }, beta: { float: 3 } } },
        [1, 2],
        [weights('w', [1, 2], [5, 7]), weights('c', [1], [1])],
      ),
      [1, 2],
      [1, 2],
      [2 * 19 + 3],
    ],
    ['Flatten', single({ op: 'Flatten' }, [1, 2, 2]), [1, 2, 2], [1, 2, 3, 4], [1, 2, 3, 4]],
    ['GlobalAveragePool', single({ op: 'GlobalAveragePool' }, [1, 2, 1, 2]), [1, 2, 1, 2], [1, 3, 5, 9], [2, 7]],
    [
      'Conv with a border and a stride',
      single(
        {
          op: 'Conv',
          attributes: { kernel_shape: { ints: [2, 2] }, pads: { ints: [1, 1, 0, 0] }, strides: { ints: [2, 2] } },
        },
        [1, 1, 2, 2],
        [weights('w', [1, 1, 2, 2], [1, 10, 100, 1000]), weights('b', [1], [0.5])],
      ),
      [1, 1, 2, 2],
      [1, 2, 3, 4],
      [1000.5],
    ],
    [
      'Conv in groups',
      single({ op: 'Conv', attributes: { group: { int: 2 } } }, [1, 2, 1, 1], [weights('w', [2, 1, 1, 1], [2, 3])]),
      [1, 2, 1, 1],
      [5, 7],
      [10, 21],
    ],
    [
      'MaxPool',
      single({ op: 'MaxPool', attributes: { kernel_shape: { ints: [1, 2] } } }, [1, 1, 1, 3]),
      [1, 1, 1, 3],
      [1, 3, 2],
      [3, 3],
    ],
    [
      'AveragePool, the border not counted',
      single(
        { op: 'AveragePool', attributes: { kernel_shape: { ints: [1, 2] }, pads: { ints: [0, 1, 0, 0] } } },
        [1, 1, 1, 2],
      ),
      [1, 1, 1, 2],
      [4, 6],
      [4, 5],
    ],
    [
      'BatchNormalization',
      single(
        { op: 'BatchNormalization', attributes: { epsilon: { float: 0 } } },
        [1, 2],
        [weights('s', [2], [2, 1]), weights('b', [2], [1, 0]), weights('m', [2], [3, 0]), weights('v', [2], [4, 1])],
      ),
      [1, 2],
      [5, 7],
      [3, 7],
    ],
    [
      'Scaler',
      single(
        {
          op: 'Scaler',
          domain: 'ai.onnx.ml',
          attributes: { offset: { floats: [1, 2] }, scale: { floats: [10, 100] } },
        },
        [1, 2],
      ),
      [1, 2],
      [2, 4],
      [10, 200],
    ],
    [
      'Normalizer',
      single({ op: 'Normalizer', domain: 'ai.onnx.ml', attributes: { norm: { string: 'L1' } } }, [1, 2]),
      [1, 2],
      [1, 3],
      [0.25, 0.75],
    ],
  ])('of %s is what the standard says', (_, model, shape, values, expected) => {
    const got = valuesOf(model, given('x', shape, values), 'y');
    expect(got).toHaveLength(expected.length);
    expected.forEach((value, i) => {
      expect(got[i]).toBeCloseTo(value, 6);
    });
  });

  it('of a linear classifier gives the scores of its classes', () => {
    const attributes = {
      coefficients: { floats: [1, 0, 0, 1] },
      intercepts: { floats: [0, 1] },
      post_transform: { string: 'SOFTMAX' },
    };
    const model = buildOnnxModel({
      inputs: [{ name: 'x', dataType: 'FP32', shape: [1, 2] }],
      outputs: [{ name: 'scores', dataType: 'FP32', shape: [1, 2] }],
      nodes: [
        { op: 'LinearClassifier', domain: 'ai.onnx.ml', inputs: ['x'], outputs: ['label', 'scores'], attributes },
      ],
    });
    const got = valuesOf(model, given('x', [1, 2], [1, 0]), 'scores');
    expect(got).toEqual([0.5, 0.5]);
  });

  it.each([
    ['an operator that is not known', single({ op: 'LSTM' }, [1, 2])],
    ['a softmax over another axis', single({ op: 'Softmax', attributes: { axis: { int: 0 } } }, [2, 2])],
    [
      'padding that is found by itself',
      single(
        { op: 'MaxPool', attributes: { kernel_shape: { ints: [1, 1] }, auto_pad: { string: 'SAME_UPPER' } } },
        [1, 1, 1, 2],
      ),
    ],
  ])('is not computed for %s, and says so', (_, model) => {
    const evaluated = evaluateGraph(model, given('x', [1, 1, 1, 2], [1, 2]));
    expect(evaluated).toEqual({ notComputed: expect.stringMatching(/\w/) });
  });

  it('keeps an unreasonable size out of memory', () => {
    expect(() => tensorOf([100_000, 100_000], () => 0)).toThrow('so many numbers');
  });
});
