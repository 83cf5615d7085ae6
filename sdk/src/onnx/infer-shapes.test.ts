import { describe, expect, it } from 'vitest';
import { type AttributeDeclaration, buildOnnxModel, type NodeDeclaration } from '../testing/onnx-model-builder.js';
import { estimateCost } from './estimate-cost.js';
import { inferShapes } from './infer-shapes.js';
import { readOnnxGraph } from './read-graph.js';

type Shape = readonly (number | string | undefined)[];

interface Case {
  readonly op: string;
  readonly inputs: readonly Shape[];
  readonly attributes?: Readonly<Record<string, AttributeDeclaration>>;
  readonly integers?: Readonly<Record<number, readonly number[]>>;
  readonly floats?: Readonly<Record<number, readonly number[]>>;
  readonly opset?: number;
  readonly expected: Shape | undefined;
}

/** The shape of one node's result, its inputs given as inputs of the graph or as constants. */
function shapeOf({ op, inputs, attributes, integers = {}, floats = {}, opset = 11 }: Case): Shape | undefined {
  const constants = new Map([...Object.entries(integers), ...Object.entries(floats)].map(([k, v]) => [Number(k), v]));
  const node: NodeDeclaration = {
    op,
    inputs: inputs.map((_, i) => `x${i}`),
    outputs: ['y'],
    ...(attributes === undefined ? {} : { attributes }),
  };
  const graph = readOnnxGraph(
    buildOnnxModel({
      opset,
      inputs: inputs.flatMap((shape, i) =>
        constants.has(i) ? [] : [{ name: `x${i}`, dataType: 'FP32' as const, shape }],
      ),
      outputs: [{ name: 'y', dataType: 'FP32' }],
      nodes: [node],
      initializers: [...constants].map(([i, values]) => ({
        name: `x${i}`,
        dataType: i in integers ? ('INT64' as const) : ('FP32' as const),
        shape: [values.length],
        values,
      })),
    }),
  );
  return inferShapes(graph).shapes.get('y');
}

const ints = (...values: number[]) => ({ ints: values });
const int = (value: number) => ({ int: value });
const N = 'batch';

// By the definitions of the operators in the ONNX standard.
const CASES: readonly (Case & { readonly what: string })[] = [
  {
    what: 'Conv with stride and padding',
    op: 'Conv',
    inputs: [
      [N, 3, 33, 32],
      [8, 3, 3, 3],
    ],
    attributes: { strides: ints(2, 2), pads: ints(1, 1, 1, 1) },
    expected: [N, 8, 17, 16],
  },
  {
    what: 'Conv with dilation',
    op: 'Conv',
    inputs: [
      [N, 1, 10],
      [2, 1, 3],
    ],
    attributes: { dilations: ints(3) },
    expected: [N, 2, 4],
  },
  {
    what: 'Conv that keeps the size',
    op: 'Conv',
    inputs: [
      [N, 1, 9, 9],
      [2, 1, 3, 3],
    ],
    attributes: { auto_pad: { string: 'SAME_UPPER' }, strides: ints(2, 2) },
    expected: [N, 2, 5, 5],
  },
  {
    what: 'Conv of an image of any size',
    op: 'Conv',
    inputs: [
      [N, 3, 'h', 'w'],
      [8, 3, 3, 3],
    ],
    expected: [N, 8, undefined, undefined],
  },
  {
    what: 'MaxPool rounded up',
    op: 'MaxPool',
    inputs: [[N, 8, 17, 16]],
    attributes: { kernel_shape: ints(2, 2), strides: ints(2, 2), ceil_mode: int(1) },
    expected: [N, 8, 9, 8],
  },
  {
    what: 'ConvTranspose',
    op: 'ConvTranspose',
    inputs: [
      [N, 8, 9, 8],
      [8, 4, 2, 2],
    ],
    attributes: { strides: ints(2, 2) },
    expected: [N, 4, 18, 16],
  },
  {
    what: 'ConvTranspose with groups and output padding',
    op: 'ConvTranspose',
    inputs: [
      [N, 8, 5],
      [8, 3, 3],
    ],
    attributes: { strides: ints(2), pads: ints(1, 1), output_padding: ints(1), group: int(2) },
    expected: [N, 6, 10],
  },
  { what: 'GlobalAveragePool', op: 'GlobalAveragePool', inputs: [[N, 8, 9, 8]], expected: [N, 8, 1, 1] },
  {
    what: 'Gemm with a turned matrix',
    op: 'Gemm',
    inputs: [[N, 8], [10, 8], [10]],
    attributes: { transB: int(1) },
    expected: [N, 10],
  },
  {
    what: 'MatMul of stacks',
    op: 'MatMul',
    inputs: [
      [N, 4, 2, 3],
      [3, 5],
    ],
    expected: [N, 4, 2, 5],
  },
  {
    what: 'Add that broadcasts',
    op: 'Add',
    inputs: [
      [N, 1, 5],
      [4, 1],
    ],
    expected: [N, 4, 5],
  },
  { what: 'Transpose by default', op: 'Transpose', inputs: [[N, 2, 3]], expected: [3, 2, N] },
  { what: 'Flatten', op: 'Flatten', inputs: [[N, 2, 3, 4]], expected: [N, 24] },
  {
    what: 'Reshape that keeps the batch by -1',
    op: 'Reshape',
    inputs: [[N, 4, 4], [2]],
    integers: { 1: [-1, 16] },
    expected: [N, 16],
  },
  {
    what: 'Reshape with 0 and -1',
    op: 'Reshape',
    inputs: [[N, 4, 6], [3]],
    integers: { 1: [0, -1, 3] },
    expected: [N, 8, 3],
  },
  {
    what: 'Squeeze before opset 13',
    op: 'Squeeze',
    inputs: [[1, N, 3]],
    attributes: { axes: ints(0) },
    expected: [N, 3],
  },
  {
    what: 'Unsqueeze from opset 13 on',
    op: 'Unsqueeze',
    inputs: [[N, 3], [2]],
    integers: { 1: [0, -1] },
    opset: 13,
    expected: [1, N, 3, 1],
  },
  {
    what: 'Concat',
    op: 'Concat',
    inputs: [
      [N, 2, 3],
      [N, 5, 3],
    ],
    attributes: { axis: int(1) },
    expected: [N, 7, 3],
  },
  {
    what: 'ReduceMean without the axis',
    op: 'ReduceMean',
    inputs: [[N, 2, 3]],
    attributes: { axes: ints(-1), keepdims: int(0) },
    expected: [N, 2],
  },
  {
    what: 'ArgMax that keeps the axis',
    op: 'ArgMax',
    inputs: [[N, 2, 3]],
    attributes: { axis: int(1) },
    expected: [N, 1, 3],
  },
  {
    what: 'Gather',
    op: 'Gather',
    inputs: [
      [100, 8],
      [N, 7],
    ],
    expected: [N, 7, 8],
  },
  { what: 'Pad', op: 'Pad', inputs: [[N, 1, 4], [6]], integers: { 1: [0, 0, 1, 0, 0, 2] }, expected: [N, 1, 7] },
  {
    what: 'Resize by scales',
    op: 'Resize',
    inputs: [[N, 1, 5, 5], [0], [4]],
    floats: { 2: [1, 1, 2, 0.5] },
    expected: [N, 1, 10, 2],
  },
  {
    what: 'LSTM',
    op: 'LSTM',
    inputs: [
      ['sequence', N, 26],
      [1, 1024, 26],
      [1, 1024, 256],
    ],
    attributes: { hidden_size: int(256) },
    expected: ['sequence', 1, N, 256],
  },
  { what: 'an operator without a rule', op: 'NonZero', inputs: [[N, 3]], expected: undefined },
];

describe('inferShapes', () => {
  it.each(CASES)('$what', (given) => {
    expect(shapeOf(given)).toEqual(given.expected);
  });
});

describe('estimateCost', () => {
  it('counts a small network as by hand', () => {
    const constant = (name: string, shape: readonly number[]) => ({
      name,
      dataType: 'FP32' as const,
      shape,
      values: Array<number>(shape.reduce((product, extent) => product * extent, 1)).fill(0),
    });
    const graph = readOnnxGraph(
      buildOnnxModel({
        opset: 11,
        inputs: [{ name: 'x', dataType: 'FP32', shape: [N, 3, 8, 8] }],
        outputs: [{ name: 'y', dataType: 'FP32', shape: [N, 10] }],
        nodes: [
          { op: 'Conv', inputs: ['x', 'w'], outputs: ['c'], attributes: { pads: ints(1, 1, 1, 1) } },
          { op: 'Relu', inputs: ['c'], outputs: ['r'] },
          {
            op: 'MaxPool',
            inputs: ['r'],
            outputs: ['p'],
            attributes: { kernel_shape: ints(2, 2), strides: ints(2, 2) },
          },
          { op: 'Flatten', inputs: ['p'], outputs: ['f'] },
          { op: 'Gemm', inputs: ['f', 'v'], outputs: ['y'] },
        ],
        initializers: [constant('w', [4, 3, 3, 3]), constant('v', [64, 10])],
      }),
    );
    const conv = 2 * (4 * 8 * 8) * (3 * 3 * 3);
    const [relu, pool, gemm] = [4 * 8 * 8, 4 * 4 * 4 * 4, 2 * 64 * 10];
    expect(estimateCost(graph)).toEqual({
      flops: conv + relu + pool + gemm,
      uncountedNodes: 0,
      weightBytes: 4 * (108 + 640),
      // The result of Relu beside its input.
      activationBytes: 4 * (256 + 256),
    });
  });

  it('says how many nodes it could not count', () => {
    const graph = readOnnxGraph(
      buildOnnxModel({
        inputs: [{ name: 'x', dataType: 'FP32', shape: [N, 3] }],
        outputs: [{ name: 'y', dataType: 'INT64' }],
        nodes: [{ op: 'NonZero', inputs: ['x'], outputs: ['y'] }],
      }),
    );
    expect(estimateCost(graph)).toMatchObject({ flops: 0, uncountedNodes: 1 });
  });
});
