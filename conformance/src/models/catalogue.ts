import { type DataTypeName, isFloatingPoint } from '@deephealth/sdk';
import { slowModel } from '@deephealth/sdk/testing';
import type { SuiteTensor } from '../oracle/suite-graph.js';
import { namedTensor } from '../tensors/named-tensor.js';
import { DECISION_MODELS } from './decision-models.js';
import { KIND_MODELS } from './kind-models.js';
import type { SuiteModel } from './suite-model.js';
import { PAUSE } from './timed.js';

const tensor = (name: string, shape: readonly number[], dataType: DataTypeName = 'FP32'): SuiteTensor => ({
  name,
  dataType,
  shape,
});

const IDENTITY_TYPES: readonly DataTypeName[] = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
];

/** Gives back what it gets, in one type. */
function identity(dataType: DataTypeName): SuiteModel {
  const type = dataType.toLowerCase();
  return {
    name: `conformance-identity-${type}`,
    version: '1',
    title: `Gives back a tensor of ${dataType}`,
    numericClass: 'exact',
    graph: {
      inputs: [{ ...tensor('x', [-1], dataType), ...(isFloatingPoint(dataType) && { nonFinite: 'allow' }) }],
      outputs: [{ ...tensor('y', [-1], dataType), ...(isFloatingPoint(dataType) && { nonFinite: 'allow' }) }],
      constants: {},
      nodes: [{ op: 'Identity', inputs: ['x'], output: 'y' }],
    },
    golden: [{ x: `noise-5.${type}` }],
  };
}

/** One operator between FP32 tensors. */
function single(op: string, numericClass: SuiteModel['numericClass'], shape: readonly number[]): SuiteModel {
  return {
    name: `conformance-${op.toLowerCase()}`,
    version: '1',
    title: `Applies ${op}`,
    numericClass,
    graph: {
      inputs: [tensor('x', shape)],
      outputs: [tensor('y', op === 'ReduceSum' ? [...shape.slice(0, -1), 1] : shape)],
      constants: {},
      nodes: [{ op, inputs: ['x'], output: 'y' }],
    },
    golden: [{ x: `noise3-${shape.map((extent) => (extent < 0 ? 2 : extent)).join('x')}.fp32` }],
  };
}

const matmul: SuiteModel = {
  name: 'conformance-matmul',
  version: '1',
  title: 'Multiplies two matrices of 4 x 4',
  numericClass: 'matmul',
  graph: {
    inputs: [tensor('a', [-1, 4]), tensor('b', [4, 4])],
    outputs: [tensor('y', [-1, 4])],
    constants: {},
    nodes: [{ op: 'MatMul', inputs: ['a', 'b'], output: 'y' }],
  },
  golden: [{ a: 'noise-2x4.fp32', b: 'noise2-4x4.fp32' }],
};

/** Cancels: a matrix product over 512 terms whose sum is far smaller than the terms. */
const longMatmul: SuiteModel = {
  name: 'conformance-matmul-512',
  version: '1',
  title: 'Multiplies rows of 512 with a constant matrix',
  numericClass: 'matmul',
  graph: {
    inputs: [tensor('x', [-1, 512])],
    outputs: [tensor('y', [-1, 8])],
    constants: { w: namedTensor('noise5-512x8.fp32') },
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], output: 'y' }],
  },
  golden: [{ x: 'noise6-1x512.fp32' }],
};

const convolution: SuiteModel = {
  name: 'conformance-conv',
  version: '1',
  title: 'Convolves pictures of 3 x 9 x 7 with four kernels',
  numericClass: 'matmul',
  graph: {
    inputs: [tensor('x', [-1, 3, 9, 7])],
    outputs: [tensor('y', [-1, 4, 7, 5])],
    constants: { w: namedTensor('noise7-4x3x3x3.fp32') },
    nodes: [{ op: 'Conv', inputs: ['x', 'w'], output: 'y' }],
  },
  golden: [{ x: 'noise8-1x3x9x7.fp32' }],
};

const network: SuiteModel = {
  name: 'conformance-network',
  version: '1',
  title: 'A small classifier: two layers and a softmax',
  numericClass: 'network',
  graph: {
    inputs: [tensor('features', [-1, 16])],
    outputs: [tensor('probabilities', [-1, 5])],
    constants: {
      w1: namedTensor('noise11-16x12.fp32'),
      b1: namedTensor('noise12-12.fp32'),
      w2: namedTensor('noise13-12x5.fp32'),
      b2: namedTensor('noise14-5.fp32'),
    },
    nodes: [
      { op: 'MatMul', inputs: ['features', 'w1'], output: 'm1' },
      { op: 'Add', inputs: ['m1', 'b1'], output: 's1' },
      { op: 'Relu', inputs: ['s1'], output: 'h1' },
      { op: 'MatMul', inputs: ['h1', 'w2'], output: 'm2' },
      { op: 'Add', inputs: ['m2', 'b2'], output: 's2' },
      { op: 'Softmax', inputs: ['s2'], output: 'probabilities', attributes: { axis: -1 } },
    ],
  },
  golden: [{ features: 'noise15-1x16.fp32' }, { features: 'noise16-1x16.fp32' }],
};

/** Two inputs and two outputs of other types and shapes each, so that places and names cannot be mixed up. */
const swap: SuiteModel = {
  name: 'conformance-swap',
  version: '1',
  title: 'Two inputs and two outputs, crossed over',
  numericClass: 'exact',
  graph: {
    inputs: [tensor('left', [-1, 3]), tensor('right', [-1], 'INT64')],
    outputs: [tensor('first', [-1], 'INT64'), tensor('second', [3, -1])],
    constants: {},
    nodes: [
      { op: 'Identity', inputs: ['right'], output: 'first' },
      { op: 'Transpose', inputs: ['left'], output: 'second', attributes: { perm: [1, 0] } },
    ],
  },
  golden: [{ left: 'noise-2x3.fp32', right: 'noise2-4.int64' }],
};

/** The place of the largest of ten. */
const largest: SuiteModel = {
  name: 'conformance-argmax',
  version: '1',
  title: 'Says which of ten is the largest',
  numericClass: 'exact',
  graph: {
    inputs: [tensor('x', [-1, 10])],
    outputs: [tensor('y', [-1, 1], 'INT64')],
    constants: {},
    nodes: [{ op: 'ArgMax', inputs: ['x'], output: 'y', attributes: { axis: -1 } }],
  },
  golden: [{ x: 'noise4-2x10.fp32' }],
};

/** One operator after the other, a row against every row, and the input beside the result. */
const arithmetic: SuiteModel = {
  name: 'conformance-arithmetic',
  version: '1',
  title: 'Adds, subtracts, multiplies and divides',
  numericClass: 'element-wise',
  graph: {
    inputs: [tensor('a', [-1, 6]), tensor('b', [6])],
    outputs: [tensor('y', [-1, 12])],
    constants: { two: namedTensor('list(2)-1.fp32') },
    nodes: [
      { op: 'Add', inputs: ['a', 'b'], output: 'sum' },
      { op: 'Sub', inputs: ['a', 'b'], output: 'difference' },
      { op: 'Mul', inputs: ['sum', 'difference'], output: 'product' },
      { op: 'Div', inputs: ['product', 'two'], output: 'half' },
      { op: 'Concat', inputs: ['half', 'a'], output: 'y', attributes: { axis: 1 } },
    ],
  },
  golden: [{ a: 'noise-2x6.fp32', b: 'noise2-6.fp32' }],
};

/** Its only tensor has no extents at all. */
const scalar: SuiteModel = {
  name: 'conformance-scalar',
  version: '1',
  title: 'Gives back a single number',
  numericClass: 'exact',
  graph: {
    inputs: [tensor('x', [])],
    outputs: [tensor('y', [])],
    constants: {},
    nodes: [{ op: 'Identity', inputs: ['x'], output: 'y' }],
  },
  golden: [{ x: 'list(0.5)-scalar.fp32' }],
};

/** No two of its extents are equal, so that axes cannot be mixed up unseen. */
const turn: SuiteModel = {
  name: 'conformance-turn',
  version: '1',
  title: 'Turns the axes of a block of 2 x 3 x 4',
  numericClass: 'exact',
  graph: {
    inputs: [tensor('x', [2, 3, 4])],
    outputs: [tensor('y', [4, 2, 3])],
    constants: {},
    nodes: [{ op: 'Transpose', inputs: ['x'], output: 'y', attributes: { perm: [2, 0, 1] } }],
  },
  golden: [{ x: 'noise-2x3x4.fp32' }],
};

/** Versions whose answers differ; the newest is the default. */
function version(number: string, op: string): SuiteModel {
  return {
    ...single(op, 'element-wise', [-1, 6]),
    name: 'conformance-versions',
    version: number,
    title: `Version ${number}: applies ${op}`,
  };
}

/** Its golden case says twice what the graph gives. */
const wrongGolden: SuiteModel = {
  ...single('Tanh', 'element-wise', [-1, 6]),
  name: 'conformance-wrong-golden',
  title: 'Does not reproduce its golden case',
  refused: 'GOLDEN_MISMATCH',
};

/** Takes its time, so that something can happen meanwhile; the answer is the input. */
const slow: SuiteModel = {
  name: 'conformance-slow',
  version: '1',
  title: 'Gives back what it gets, after some tenths of a second',
  numericClass: 'exact',
  onnx: slowModel({ work: 3 }),
  runMs: 300,
  graph: {
    inputs: [tensor('x', [-1, 4])],
    outputs: [tensor('y', [-1, 4])],
    constants: {},
    nodes: [{ op: 'Identity', inputs: ['x'], output: 'y' }],
  },
  golden: [{ x: 'noise-1x4.fp32' }],
};

/** Every model of the suite, in the order of their names, versions in theirs. */
export const SUITE_MODELS: readonly SuiteModel[] = [
  ...IDENTITY_TYPES.map(identity),
  single('Relu', 'exact', [-1, 6]),
  single('Sigmoid', 'element-wise', [-1, 6]),
  single('Tanh', 'element-wise', [-1, 6]),
  single('Softmax', 'reduction', [-1, 10]),
  single('ReduceSum', 'reduction', [-1, 100]),
  matmul,
  longMatmul,
  convolution,
  network,
  PAUSE,
  slow,
  swap,
  largest,
  arithmetic,
  scalar,
  turn,
  version('1', 'Tanh'),
  version('2', 'Sigmoid'),
  wrongGolden,
  ...KIND_MODELS,
  ...DECISION_MODELS,
].sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1));

/** @param version default: the newest */
/** Names of those that a target serves: the others are refused, since something is wrong with them. */
export const SERVED_MODELS: readonly string[] = [
  ...new Set(SUITE_MODELS.filter(({ refused }) => refused === undefined).map(({ name }) => name)),
];

export function suiteModel(name: string, version = ''): SuiteModel {
  const named = SUITE_MODELS.filter((candidate) => candidate.name === name);
  const model = version === '' ? named.at(-1) : named.find((candidate) => candidate.version === version);
  if (model === undefined) throw new RangeError(`the suite has no model "${name}" ${version}`);
  return model;
}
