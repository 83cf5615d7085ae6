import { describe, expect, it } from 'vitest';
import {
  type AttributeDeclaration,
  buildOnnxModel,
  type InitializerDeclaration,
  type NodeDeclaration,
} from '../testing/onnx-model-builder.js';
import { seededValues } from '../testing/seeded-random.js';
import { findBatchCoupling } from './batch-coupling.js';
import { readOnnxGraph } from './read-graph.js';

/** One operator, or several, on FP32 x [batch, 4]; whole numbers become INT64 attributes and constants. */
interface Sketch {
  readonly op: string;
  /** Extents of x after the batch; default [4]. */
  readonly item?: readonly number[];
  readonly opset?: number;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[] | string>>;
  /** Inputs after x, or all of them if one is called x. */
  readonly inputs?: readonly string[];
  readonly constants?: Readonly<Record<string, Constant>>;
  readonly before?: readonly NodeDeclaration[];
  readonly outputs?: readonly string[];
}

/** INT64 list, or the shape of an FP32 constant as text such as "4x3". */
type Constant = readonly number[] | string | InitializerDeclaration;

function reasons(sketch: Sketch): string[] {
  const { op, domain = '', inputs = [], outputs = ['y'], before = [] } = sketch;
  const node = {
    op,
    domain,
    inputs: inputs.includes('x') || before.length > 0 ? inputs : ['x', ...inputs],
    outputs,
    attributes: Object.fromEntries(
      Object.entries(sketch.attributes ?? {}).map(([name, value]) => [name, attribute(value)]),
    ),
  };
  const model = buildOnnxModel({
    opset: sketch.opset ?? 18,
    opsets: { 'ai.onnx.ml': 3, 'com.microsoft': 1 },
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', ...(sketch.item ?? [4])] }],
    outputs: outputs.slice(0, 1).map((name) => ({ name, dataType: outputType(op) })),
    nodes: [...before, node],
    initializers: Object.entries(sketch.constants ?? {}).map(([name, value]) => constant(name, value)),
  });
  return findBatchCoupling(readOnnxGraph(model)).map(({ opType, reason }) => `${opType} ${reason}`);
}

function outputType(op: string) {
  if (op === 'DynamicQuantizeLinear') return 'UINT8';
  return op === 'ArgMax' || op === 'NonZero' ? 'INT64' : 'FP32';
}

function attribute(value: number | readonly number[] | string): AttributeDeclaration {
  if (typeof value === 'string') return { string: value };
  return typeof value === 'number' ? { int: value } : { ints: value };
}

function constant(name: string, value: Constant): InitializerDeclaration {
  if (typeof value === 'object' && 'dataType' in value) return { ...value, name };
  if (typeof value !== 'string') return { name, dataType: 'INT64', shape: [value.length], values: value };
  const shape = value === '' ? [] : value.split('x').map(Number);
  const count = shape.reduce((product, extent) => product * extent, 1);
  return { name, dataType: 'FP32', shape, values: seededValues(count, 1) };
}

function cast(input: string, output: string, to: number): NodeDeclaration {
  return { op: 'Cast', inputs: [input], outputs: [output], attributes: { to: { int: to } } };
}

const INT64 = 7;
const constants = (values: Readonly<Record<string, Constant>>) => ({ inputs: Object.keys(values), constants: values });

const apart: readonly [string, Sketch][] = [
  ['a reduction over another axis', { op: 'ReduceMean', attributes: { axes: [1] }, opset: 13 }],
  ['a reduction whose axes are an input', { op: 'ReduceMean', ...constants({ axes: [-1] }) }],
  ['a reduction without axes that does nothing', { op: 'ReduceSum', attributes: { noop_with_empty_axes: 1 } }],
  ['Softmax over the last axis', { op: 'Softmax' }],
  ['older Softmax from axis 1 on', { op: 'Softmax', item: [3, 2], opset: 11 }],
  ['ArgMax over classes', { op: 'ArgMax', attributes: { axis: -1 } }],
  ['TopK over classes', { op: 'TopK', ...constants({ k: [2] }), outputs: ['y', 'places'] }],
  ['LpNormalization over the last axis', { op: 'LpNormalization' }],
  [
    'CumSum over time',
    { op: 'CumSum', ...constants({ axis: { name: 'axis', dataType: 'INT64', shape: [], values: [1] } }) },
  ],
  ['LayerNormalization', { op: 'LayerNormalization', item: [3, 4], ...constants({ scale: '4', bias: '4' }) }],
  [
    'MeanVarianceNormalization with axes of the item',
    { op: 'MeanVarianceNormalization', item: [2, 3, 3], attributes: { axes: [1, 2, 3] } },
  ],
  ['Flatten', { op: 'Flatten', item: [2, 3] }],
  ['Transpose within the item', { op: 'Transpose', item: [2, 3], attributes: { perm: [0, 2, 1] } }],
  ['Reshape that copies the first extent', { op: 'Reshape', item: [2, 3], ...constants({ shape: [0, -1] }) }],
  ['Reshape that leaves the first extent open', { op: 'Reshape', item: [2, 3], ...constants({ shape: [-1, 6] }) }],
  ['Squeeze of another axis', { op: 'Squeeze', item: [1, 3], ...constants({ axes: [-2] }) }],
  ['Unsqueeze of a later axis', { op: 'Unsqueeze', ...constants({ axes: [-1] }) }],
  ['Gather of a column', { op: 'Gather', attributes: { axis: 1 }, ...constants({ index: [2] }) }],
  ['Slice of columns', { op: 'Slice', ...constants({ starts: [1], ends: [3], axes: [-1] }) }],
  ['Slice that takes all items', { op: 'Slice', ...constants({ starts: [0, 1], ends: [2 ** 62, 3] }) }],
  ['Split of columns', { op: 'Split', attributes: { axis: 1, num_outputs: 2 }, outputs: ['y', 'z'] }],
  ['Concat of columns', { op: 'Concat', attributes: { axis: 1 }, inputs: ['x', 'x'] }],
  ['Pad of columns', { op: 'Pad', ...constants({ pads: [0, 1, 0, 1] }) }],
  ['Tile of columns', { op: 'Tile', ...constants({ repeats: [1, 3] }) }],
  ['Expand by a new axis within the item', { op: 'Expand', item: [1], ...constants({ shape: [1, 5] }) }],
  ['Trilu of matrices', { op: 'Trilu', item: [3, 3] }],
  ['OneHotEncoder', { op: 'OneHotEncoder', domain: 'ai.onnx.ml', attributes: { cats_int64s: [0, 1] } }],
  ['DFT along time', { op: 'DFT', item: [8, 1] }],
  ['Conv', { op: 'Conv', item: [2, 5, 5], ...constants({ w: '3x2x3x3', b: '3' }) }],
  ['ConvTranspose', { op: 'ConvTranspose', item: [2, 5], ...constants({ w: '2x3x3' }) }],
  ['MaxPool', { op: 'MaxPool', item: [2, 4, 4], attributes: { kernel_shape: [2, 2] } }],
  ['AveragePool', { op: 'AveragePool', item: [2, 4], attributes: { kernel_shape: [2] } }],
  ['GlobalAveragePool', { op: 'GlobalAveragePool', item: [2, 4, 4] }],
  ['InstanceNormalization', { op: 'InstanceNormalization', item: [2, 4], ...constants({ s: '2', b: '2' }) }],
  ['LRN', { op: 'LRN', item: [4, 3, 3], attributes: { size: 3 } }],
  ['DepthToSpace', { op: 'DepthToSpace', item: [4, 2, 2], attributes: { blocksize: 2 } }],
  ['BatchNormalization', { op: 'BatchNormalization', ...constants({ s: '4', b: '4', m: '4', v: variance() }) }],
  ['MatMul with weights', { op: 'MatMul', ...constants({ w: '4x3' }) }],
  ['MatMul with weights for each head', { op: 'MatMul', item: [3, 2, 4], ...constants({ w: '3x4x2' }) }],
  ['Gemm with transposed weights', { op: 'Gemm', attributes: { transB: 1 }, ...constants({ w: '3x4', c: '3' }) }],
  ['Einsum within the item', { op: 'Einsum', attributes: { equation: 'bi,oi->bo' }, ...constants({ w: '3x4' }) }],
  ['a bias', { op: 'Add', ...constants({ bias: '4' }) }],
  ['a scalar', { op: 'Mul', ...constants({ factor: '' }) }],
  ['Clip', { op: 'Clip', ...constants({ low: '' }) }],
  ['Dropout', { op: 'Dropout' }],
  ['Resize by scales', { op: 'Resize', item: [1, 2, 2], inputs: ['', 'scales'], constants: { scales: ones(2) } }],
  ['Scaler', { op: 'Scaler', domain: 'ai.onnx.ml' }],
  ['Normalizer', { op: 'Normalizer', domain: 'ai.onnx.ml' }],
];

function variance(): InitializerDeclaration {
  return { name: 'v', dataType: 'FP32', shape: [4], values: [1, 2, 3, 4] };
}

/** Scales of Resize: 1 for the batch and the channels, then two others. */
function ones(other: number, batch = 1): InitializerDeclaration {
  return { name: 'scales', dataType: 'FP32', shape: [4], values: [batch, 1, other, other] };
}

const coupled: readonly [string, Sketch, string][] = [
  ['DynamicQuantizeLinear', { op: 'DynamicQuantizeLinear', outputs: ['q', 's', 'z'] }, 'one scale from the whole'],
  ['a reduction over the batch', { op: 'ReduceMean', attributes: { axes: [0] }, opset: 13 }, 'reduces over the axis'],
  ['a reduction over the batch from the end', { op: 'ReduceMax', ...constants({ axes: [-2] }) }, 'reduces over'],
  ['a reduction over all axes', { op: 'ReduceSumSquare' }, 'over all axes'],
  ['Softmax over the batch', { op: 'Softmax', attributes: { axis: 0 } }, 'normalises over the items'],
  ['older Softmax from axis 0 on', { op: 'Softmax', attributes: { axis: 0 }, opset: 11 }, 'normalises over the items'],
  ['LogSoftmax over the batch from the end', { op: 'LogSoftmax', attributes: { axis: -2 } }, 'normalises over'],
  ['ArgMax without an axis', { op: 'ArgMax' }, 'compares the items'],
  [
    'TopK over the batch',
    { op: 'TopK', attributes: { axis: 0 }, ...constants({ k: [1] }), outputs: ['y', 'places'] },
    'picks',
  ],
  [
    'CumSum over the batch',
    { op: 'CumSum', ...constants({ axis: { name: 'axis', dataType: 'INT64', shape: [], values: [0] } }) },
    'from one item of the batch to the next',
  ],
  ['LpNormalization over the batch', { op: 'LpNormalization', attributes: { axis: 0 } }, 'normalises over'],
  [
    'LayerNormalization over everything',
    { op: 'LayerNormalization', attributes: { axis: 0 }, ...constants({ s: '4' }) },
    'normalises over the items',
  ],
  [
    'MeanVarianceNormalization without axes, which are 0, 2 and 3',
    { op: 'MeanVarianceNormalization', item: [2, 3, 3] },
    'normalises over the items',
  ],
  ['Flatten into one row', { op: 'Flatten', attributes: { axis: 0 } }, 'all items into one row'],
  ['Reshape to a fixed first extent', { op: 'Reshape', ...constants({ shape: [2, -1] }) }, 'fixed number of rows'],
  ['Reshape to one list of a fixed length', { op: 'Reshape', ...constants({ shape: [4] }) }, 'fixed number of rows'],
  ['Reshape that cuts through items', { op: 'Reshape', item: [6], ...constants({ shape: [-1, 4] }) }, 'of two items'],
  [
    'Reshape into several rows for each item',
    { op: 'Reshape', item: [6], ...constants({ shape: [-1, 3] }) },
    'one row',
  ],
  ['Flatten into several rows for each item', { op: 'Flatten', item: [2, 3], attributes: { axis: 2 } }, 'one row'],
  ['Squeeze without axes', { op: 'Squeeze' }, 'when a batch has one item'],
  ['Squeeze of the batch', { op: 'Squeeze', ...constants({ axes: [0] }) }, 'removes the axis'],
  ['Gather of items', { op: 'Gather', ...constants({ index: [0] }) }, 'by their place'],
  ['Slice of items', { op: 'Slice', ...constants({ starts: [0], ends: [1] }) }, 'by their place'],
  [
    'Slice that leaves the first item out',
    { op: 'Slice', ...constants({ starts: [1], ends: [1e18] }) },
    'by their place',
  ],
  [
    'Slice that turns the batch round',
    { op: 'Slice', ...constants({ starts: [-1], ends: [-1e18], axes: [0], steps: [-1] }) },
    'by their place',
  ],
  ['Split of items', { op: 'Split', attributes: { num_outputs: 2 }, outputs: ['y', 'z'] }, 'parts the items'],
  ['Concat of items', { op: 'Concat', attributes: { axis: 0 }, inputs: ['x', 'x'] }, 'along the axis that holds'],
  [
    'Concat with a constant',
    { op: 'Concat', attributes: { axis: 1 }, ...constants({ c: '1x4' }) },
    'not hold the items',
  ],
  ['Pad of the batch', { op: 'Pad', ...constants({ pads: [1, 0, 0, 0] }) }, 'counts the items'],
  ['Tile of the batch', { op: 'Tile', ...constants({ repeats: [2, 1] }) }, 'repeats the whole batch'],
  ['Expand of the batch', { op: 'Expand', ...constants({ shape: [3, 4] }) }, 'for each place'],
  ['Trilu over the batch', { op: 'Trilu' }, 'each place in the batch differently'],
  ['NonZero', { op: 'NonZero' }, 'places of values in the whole batch'],
  ['Unique', { op: 'Unique' }, 'compares the values of all items'],
  ['EyeLike', { op: 'EyeLike' }, 'each place in the batch differently'],
  [
    'MaxPool with places',
    { op: 'MaxPool', item: [2, 4, 4], attributes: { kernel_shape: [2, 2] }, outputs: ['y', 'places'] },
    'places of its maxima',
  ],
  [
    'BatchNormalization in training mode',
    {
      op: 'BatchNormalization',
      attributes: { training_mode: 1 },
      ...constants({ s: '4', b: '4', m: '4', v: variance() }),
      outputs: ['y', 'mean', 'variance'],
    },
    'training mode',
  ],
  [
    'older BatchNormalization with outputs of training',
    {
      op: 'BatchNormalization',
      opset: 9,
      ...constants({ s: '4', b: '4', m: '4', v: variance() }),
      outputs: ['y', 'mean', 'variance'],
    },
    'training mode',
  ],
  ['MatMul that adds up items', { op: 'MatMul', inputs: ['w', 'x'], constants: { w: '3x2' } }, 'adds up over the axis'],
  ['Gemm of items with one another', { op: 'Gemm', attributes: { transB: 1 }, inputs: ['x', 'x'] }, 'with one another'],
  ['Gemm that adds up items', { op: 'Gemm', attributes: { transA: 1 }, inputs: ['x', 'x'] }, 'adds up over the axis'],
  ['Einsum that adds up items', { op: 'Einsum', attributes: { equation: 'bi->i' } }, 'adds up over the axis'],
  [
    'Einsum of items with one another',
    { op: 'Einsum', attributes: { equation: 'bi,ci->bc' }, inputs: ['x', 'x'] },
    'one',
  ],
  ['a constant for each place', { op: 'Add', ...constants({ c: '2x4' }) }, 'for each place in the batch'],
  ['Resize of the batch', { op: 'Resize', item: [1, 2, 2], inputs: ['', 's'], constants: { s: ones(1, 2) } }, 'counts'],
  ['RandomNormalLike', { op: 'RandomNormalLike' }, 'draws random numbers'],
  ['Bernoulli', { op: 'Bernoulli' }, 'draws random numbers'],
  ['an operator that nobody knows', { op: 'Invented' }, 'not known to keep the items'],
  ['a domain that nobody knows', { op: 'Relu', domain: 'vendor' }, 'not known to keep the items'],
  ['an operator set that is too old', { op: 'Relu', opset: 6 }, 'not known to keep the items'],
];

describe('the rules of findBatchCoupling', () => {
  it.each(apart)('pass %s', (_, sketch) => {
    expect(reasons(sketch)).toEqual([]);
  });

  it.each(coupled)('report %s', (_, sketch, part) => {
    expect(reasons(sketch)).toEqual([expect.stringContaining(part)]);
    expect(reasons(sketch)[0]).toMatch(new RegExp(`^${sketch.op} .+[^.]$`));
  });

  it.each(['LinearClassifier', 'TreeEnsembleRegressor', 'SVMClassifier', 'Normalizer', 'Imputer'])(
    'pass the rows of %s, and report a list that it takes for one row',
    (op) => {
      expect(reasons({ op, domain: 'ai.onnx.ml', attributes: { targets: [0] } })).toEqual([]);
      expect(reasons({ op, domain: 'ai.onnx.ml', item: [] })).toEqual([expect.stringContaining('a list of numbers')]);
      expect(reasons({ op, domain: 'ai.onnx.ml', item: [2, 4] })).toHaveLength(1);
    },
  );

  it('pass columns that are picked and joined, and report items that are', () => {
    const join: Sketch = { op: 'FeatureVectorizer', domain: 'ai.onnx.ml', attributes: { inputdimensions: [4, 4] } };
    expect(reasons({ ...join, inputs: ['x', 'x'] })).toEqual([]);
    expect(reasons({ ...join, inputs: ['x', 'c'], constants: { c: '1x4' } })).toEqual([
      expect.stringContaining('no row for each item'),
    ]);
    const pick: Sketch = { op: 'ArrayFeatureExtractor', domain: 'ai.onnx.ml', ...constants({ columns: [1, 2] }) };
    expect(reasons(pick)).toEqual([]);
    expect(reasons({ ...pick, item: [] })).toEqual([expect.stringContaining('by their place')]);
  });

  it('know operators of ONNX Runtime, those that quantise inside too', () => {
    const fused = { domain: 'com.microsoft', ...constants({ w: '4x3' }) };
    expect(reasons({ ...fused, op: 'FusedMatMul' })).toEqual([]);
    expect(reasons({ ...fused, op: 'FusedMatMul', attributes: { transA: 1 } })).toEqual([
      expect.stringContaining('adds up over the axis'),
    ]);
    expect(reasons({ ...fused, op: 'DynamicQuantizeMatMul' })).toEqual([
      expect.stringContaining('one scale from the whole batch'),
    ]);
    expect(reasons({ op: 'BiasGelu', domain: 'com.microsoft', ...constants({ bias: '4' }) })).toEqual([]);
  });

  it('read where a Transpose moves the items, and report what then works along them', () => {
    const moved: NodeDeclaration = { op: 'Transpose', inputs: ['x'], outputs: ['t'] };
    const back = (op: string, axis: number): Sketch => ({
      op: 'Transpose',
      before: [moved, { op, inputs: ['t'], outputs: ['u'], attributes: { axis: { int: axis } } }],
      inputs: ['u'],
    });
    expect(reasons(back('Softmax', 0))).toEqual([]);
    expect(reasons(back('Softmax', -1))).toEqual([expect.stringContaining('normalises over the items')]);
    expect(reasons({ op: 'Transpose' })).toEqual([
      expect.stringContaining('does not hold the items on its first axis'),
    ]);
  });

  it('report settings and constants that come from the items or from their number', () => {
    const rows: NodeDeclaration = { op: 'Shape', inputs: ['x'], outputs: ['n'], attributes: { end: { int: 1 } } };
    expect(reasons({ op: 'Div', before: [rows, cast('n', 'f', 1)], inputs: ['x', 'f'] })).toEqual([
      expect.stringContaining('computes with the number of items'),
    ]);
    const width: NodeDeclaration = { op: 'Shape', inputs: ['x'], outputs: ['n'], attributes: { start: { int: 1 } } };
    expect(reasons({ op: 'Div', before: [width, cast('n', 'f', 1)], inputs: ['x', 'f'] })).toEqual([]);
    const chosen: NodeDeclaration[] = [
      { op: 'ReduceMax', inputs: ['x', 'one'], outputs: ['m'], attributes: { keepdims: { int: 0 } } },
      cast('m', 'k', INT64),
    ];
    expect(reasons({ op: 'Tile', before: chosen, inputs: ['x', 'k'], constants: { one: [1] } })).toEqual([
      expect.stringContaining('one of its settings'),
    ]);
  });

  it('report items that meet because their axes differ', () => {
    const highest: NodeDeclaration = {
      op: 'ReduceMax',
      inputs: ['x', 'one'],
      outputs: ['m'],
      attributes: { keepdims: { int: 0 } },
    };
    expect(reasons({ op: 'Sub', before: [highest], inputs: ['x', 'm'], constants: { one: [1] } })).toEqual([
      expect.stringContaining('different axes'),
    ]);
    const kept = { ...highest, attributes: { keepdims: { int: 1 } } };
    expect(reasons({ op: 'Sub', before: [kept], inputs: ['x', 'm'], constants: { one: [1] } })).toEqual([]);
  });

  it('report picking by what the items say, and pass an embedding', () => {
    const index = cast('x', 'i', INT64);
    expect(reasons({ op: 'Gather', before: [index], inputs: ['table', 'i'], constants: { table: '3x2' } })).toEqual([]);
    expect(reasons({ op: 'Gather', before: [index], inputs: ['x', 'i'] })).toEqual([expect.stringContaining('place')]);
    const elements = (axis: number): Sketch => ({
      op: 'GatherElements',
      before: [index],
      inputs: ['x', 'i'],
      attributes: { axis },
    });
    expect(reasons(elements(1))).toEqual([]);
    expect(reasons(elements(0))).toEqual([expect.stringContaining('by their place')]);
    const pairs = { op: 'GatherND', before: [index], item: [2] };
    expect(reasons({ ...pairs, inputs: ['table', 'i'], constants: { table: '3x3' } })).toEqual([]);
    expect(reasons({ ...pairs, inputs: ['x', 'i'] })).toEqual([expect.stringContaining('by their place')]);
    const scatter = { op: 'ScatterElements', before: [index], attributes: { axis: 1 } };
    expect(reasons({ ...scatter, inputs: ['x', 'i', 'x'] })).toEqual([]);
    expect(reasons({ ...scatter, op: 'ScatterND', inputs: ['x', 'i', 'x'] })).toEqual([
      expect.stringContaining('writes to places'),
    ]);
  });

  it('follow a graph that is quantised with fixed scales, and report a scale for each place', () => {
    const scale: InitializerDeclaration = { name: 's', dataType: 'FP32', shape: [], values: [0.1] };
    const zero: InitializerDeclaration = { name: 'z', dataType: 'UINT8', shape: [], values: [128] };
    const weights: InitializerDeclaration = {
      name: 'w',
      dataType: 'UINT8',
      shape: [4, 2],
      values: [1, 2, 3, 4, 5, 6, 7, 8],
    };
    const each: InitializerDeclaration = { name: 'e', dataType: 'FP32', shape: [2], values: [0.1, 0.2] };
    const values = { s: scale, z: zero, w: weights, e: each };
    const quantize: NodeDeclaration = { op: 'QuantizeLinear', inputs: ['x', 's', 'z'], outputs: ['q'] };
    const dequantize: Sketch = {
      op: 'DequantizeLinear',
      before: [quantize],
      inputs: ['q', 's', 'z'],
      constants: values,
    };
    expect(reasons(dequantize)).toEqual([]);
    const product: NodeDeclaration = { op: 'MatMulInteger', inputs: ['q', 'w', 'z', 'z'], outputs: ['p'] };
    expect(
      reasons({ op: 'Cast', before: [quantize, product], inputs: ['p'], attributes: { to: 1 }, constants: values }),
    ).toEqual([]);
    expect(
      reasons({
        op: 'DequantizeLinear',
        before: [quantize],
        inputs: ['q', 'e'],
        attributes: { axis: 0 },
        constants: values,
      }),
    ).toEqual([expect.stringContaining('scale of its own for each place')]);
  });

  it('pass sequences with the batch on the second axis, and report them with it on the first', () => {
    const weights = { w: '1x12x4', r: '1x12x3' };
    const transposed: NodeDeclaration = {
      op: 'Transpose',
      inputs: ['x'],
      outputs: ['t'],
      attributes: { perm: { ints: [1, 0, 2] } },
    };
    const gru = (input: string): NodeDeclaration => ({
      op: 'GRU',
      inputs: [input, 'w', 'r'],
      outputs: ['', 'h'],
      attributes: { hidden_size: { int: 3 }, linear_before_reset: { int: 1 } },
    });
    const last = { op: 'Squeeze', item: [5, 4], inputs: ['h', 'zero'], constants: { ...weights, zero: [0] } };
    const rnnWeights = { ...last, constants: { ...last.constants, w: '1x9x4', r: '1x9x3' } };
    expect(reasons({ ...rnnWeights, before: [transposed, gru('t')] })).toEqual([]);
    expect(reasons({ ...rnnWeights, before: [gru('x')] })).toEqual([expect.stringContaining('for time')]);
    const start = { ...rnnWeights.constants, start: '1x1x3' };
    const started: NodeDeclaration = { ...gru('t'), inputs: ['t', 'w', 'r', '', '', 'start'] };
    expect(reasons({ ...rnnWeights, constants: start, before: [transposed, started] })).toEqual([
      expect.stringContaining('initial state'),
    ]);
  });

  it('goes on behind what it reports where that keeps the shape, and is silent where it does not', () => {
    const first: NodeDeclaration = { op: 'Softmax', inputs: ['x'], outputs: ['a'], attributes: { axis: { int: 0 } } };
    expect(reasons({ op: 'LogSoftmax', before: [first], inputs: ['a'], attributes: { axis: 0 } })).toHaveLength(2);
    const mean: NodeDeclaration = { op: 'ReduceMean', inputs: ['x'], outputs: ['a'] };
    expect(reasons({ op: 'Sub', before: [mean], inputs: ['x', 'a'] })).toEqual([expect.stringContaining('ReduceMean')]);
  });
});
