import type { InferredExtent, InferredShape, ShapeQuestion } from './inferred-shape.js';
import { reshaped } from './reshaped-shape.js';
import { convolved, transposeConvolved, windowed } from './windowed-shape.js';

/** Shapes of a node's outputs; undefined in the place of one that is not known. */
type ShapeRule = (question: ShapeQuestion) => readonly (InferredShape | undefined)[];

const SAME = `Abs Acos Acosh Asin Asinh Atan Atanh BatchNormalization Cast Ceil Celu Clip Cos Cosh CumSum Dropout Elu Erf
  Exp Exponential Floor Gelu Hardmax HardSigmoid HardSwish Identity InstanceNormalization IsInf IsNaN
  LayerNormalization LeakyRelu Linear Log LogSoftmax LpNormalization LRN MeanVarianceNormalization Mish Neg Not
  PRelu QuantizeLinear DequantizeLinear Reciprocal Relu Round ScatterND Selu Shrink Sigmoid Sign Sin Sinh Softmax
  Softplus Softsign Sqrt Tan Tanh ThresholdedRelu Trilu`;

const BROADCAST = `Add And BitShift Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or Pow Sub Sum
  Where Xor`;

const REDUCE = `ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
  ReduceSumSquare`;

/** Rules by operator of the default domain. */
export const SHAPE_RULES: ReadonlyMap<string, ShapeRule> = new Map<string, ShapeRule>([
  ...namesOf(SAME).map((name) => [name, ({ shape }: ShapeQuestion) => [shape(0)]] as const),
  ...namesOf(BROADCAST).map((name) => [name, broadcast] as const),
  ...namesOf(REDUCE).map((name) => [name, reduce] as const),
  ['ArgMax', reduceOne],
  ['ArgMin', reduceOne],
  ['Constant', ({ node }) => [node.tensors[0]?.shape]],
  ['Conv', convolved],
  ['ConvTranspose', transposeConvolved],
  ['MaxPool', windowed],
  ['AveragePool', windowed],
  ['LpPool', windowed],
  ['GlobalAveragePool', globalPool],
  ['GlobalMaxPool', globalPool],
  ['GlobalLpPool', globalPool],
  ['Gemm', gemm],
  ['MatMul', matMul],
  ['Transpose', transpose],
  ['Reshape', ({ shape, integers }) => [reshaped(shape(0), integers(1))]],
  ['Flatten', flatten],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Concat', concat],
  ['Expand', ({ shape, integers }) => [broadcastTwo(shape(0), integers(1))]],
  ['Gather', gather],
  ['Pad', pad],
  ['Resize', resize],
  ['Upsample', resize],
  ['Slice', ofUnknownExtents],
  ['Split', ({ node, shape }) => node.outputs.map(() => shape(0)?.map(() => undefined))],
  ['Tile', ofUnknownExtents],
  ['LSTM', recurrent],
  ['GRU', recurrent],
  ['RNN', recurrent],
]);

function namesOf(list: string): string[] {
  return list.trim().split(/\s+/);
}

function ofUnknownExtents({ shape }: ShapeQuestion): [InferredShape | undefined] {
  return [shape(0)?.map(() => undefined)];
}

function broadcast({ node, shape }: ShapeQuestion): [InferredShape | undefined] {
  return [
    node.inputs
      .map((_, place) => shape(place))
      .reduce((left, right) => (left === undefined || right === undefined ? undefined : broadcastTwo(left, right))),
  ];
}

function broadcastTwo(left: InferredShape | undefined, right: InferredShape | undefined): InferredShape | undefined {
  if (left === undefined || right === undefined) return undefined;
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, axis) => {
    const a = extentAt(left, axis - rank + left.length);
    const b = extentAt(right, axis - rank + right.length);
    if (a === b || b === 1) return a;
    if (a === 1) return b;
    return typeof a === 'number' ? a : b;
  });
}

/** Axes that a shape does not have count as 1. */
function extentAt(shape: InferredShape, axis: number): InferredExtent {
  return axis < 0 ? 1 : shape[axis];
}

function reduce(question: ShapeQuestion): [InferredShape | undefined] {
  const { node, shape, integers } = question;
  const given = shape(0);
  const axes = node.integers.get('axes') ?? (node.inputs[1] ? integers(1) : given?.map((_, axis) => axis));
  return [axes && dropAxes(question, axes)];
}

function reduceOne(question: ShapeQuestion): [InferredShape | undefined] {
  return [dropAxes(question, question.node.integers.get('axis') ?? [0])];
}

function dropAxes({ node, shape }: ShapeQuestion, axes: readonly number[]): InferredShape | undefined {
  const given = shape(0);
  if (given === undefined) return undefined;
  const dropped = new Set(axes.map((axis) => (axis < 0 ? axis + given.length : axis)));
  const keeps = (node.integers.get('keepdims')?.[0] ?? 1) !== 0;
  return given.flatMap((extent, axis) => (dropped.has(axis) ? (keeps ? [1] : []) : [extent]));
}

function globalPool({ shape }: ShapeQuestion): [InferredShape | undefined] {
  return [shape(0)?.map((extent, axis) => (axis < 2 ? extent : 1))];
}

function gemm({ node, shape }: ShapeQuestion): [InferredShape | undefined] {
  const [a, b] = [shape(0), shape(1)];
  if (a === undefined || b === undefined) return [undefined];
  const isSet = (name: string) => (node.integers.get(name)?.[0] ?? 0) !== 0;
  return [[a[isSet('transA') ? 1 : 0], b[isSet('transB') ? 0 : 1]]];
}

function matMul({ shape }: ShapeQuestion): [InferredShape | undefined] {
  const [a, b] = [shape(0), shape(1)];
  if (a === undefined || b === undefined || a.length < 2 || b.length < 2) return [undefined];
  const front = broadcastTwo(a.slice(0, -2), b.slice(0, -2)) ?? [];
  return [[...front, a.at(-2), b.at(-1)]];
}

function transpose({ node, shape }: ShapeQuestion): [InferredShape | undefined] {
  const given = shape(0);
  const order = node.integers.get('perm') ?? given?.map((_, axis) => given.length - 1 - axis);
  return [order?.map((axis) => given?.[axis])];
}

function flatten({ node, shape }: ShapeQuestion): [InferredShape | undefined] {
  const given = shape(0);
  if (given === undefined) return [undefined];
  const axis = node.integers.get('axis')?.[0] ?? 1;
  const at = axis < 0 ? axis + given.length : axis;
  return [[productOf(given.slice(0, at)), productOf(given.slice(at))]];
}

/** A single named extent keeps its name. */
function productOf(extents: InferredShape): InferredExtent {
  if (extents.length === 1) return extents[0];
  return extents.every((extent) => typeof extent === 'number')
    ? extents.reduce<number>((product, extent) => product * (extent as number), 1)
    : undefined;
}

function squeeze({ node, shape, integers }: ShapeQuestion): [InferredShape | undefined] {
  const given = shape(0);
  const axes = node.integers.get('axes') ?? integers(1);
  if (given === undefined || axes === undefined) return [undefined];
  const dropped = new Set(axes.map((axis) => (axis < 0 ? axis + given.length : axis)));
  return [given.filter((_, axis) => !dropped.has(axis))];
}

function unsqueeze({ node, shape, integers }: ShapeQuestion): [InferredShape | undefined] {
  const given = shape(0);
  const axes = node.integers.get('axes') ?? integers(1);
  if (given === undefined || axes === undefined) return [undefined];
  const rank = given.length + axes.length;
  const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  const left = [...given];
  return [Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : left.shift()))];
}

function concat({ node, shape }: ShapeQuestion): [InferredShape | undefined] {
  const shapes = node.inputs.map((_, place) => shape(place));
  const first = shapes[0];
  if (first === undefined || shapes.some((s) => s?.length !== first.length)) return [undefined];
  const axis = node.integers.get('axis')?.[0] ?? 1;
  const at = axis < 0 ? axis + first.length : axis;
  const joined = shapes.map((s) => s?.[at]);
  const sum = joined.every((extent) => typeof extent === 'number')
    ? joined.reduce<number>((total, extent) => total + (extent as number), 0)
    : undefined;
  return [first.map((extent, place) => (place === at ? sum : extent))];
}

function gather({ node, shape }: ShapeQuestion): [InferredShape | undefined] {
  const [data, indices] = [shape(0), shape(1)];
  if (data === undefined || indices === undefined) return [undefined];
  const axis = node.integers.get('axis')?.[0] ?? 0;
  const at = axis < 0 ? axis + data.length : axis;
  return [[...data.slice(0, at), ...indices, ...data.slice(at + 1)]];
}

function pad({ node, shape, integers }: ShapeQuestion): [InferredShape | undefined] {
  const given = shape(0);
  const pads = node.integers.get('pads') ?? integers(1);
  return [
    given?.map((extent, axis) => {
      const added = (pads?.[axis] ?? Number.NaN) + (pads?.[axis + given.length] ?? Number.NaN);
      return typeof extent === 'number' && Number.isFinite(added) ? extent + added : added === 0 ? extent : undefined;
    }),
  ];
}

function resize({ node, shape, integers, floats }: ShapeQuestion): [InferredShape | undefined] {
  const given = shape(0);
  if (given === undefined) return [undefined];
  const sizes = node.opType === 'Resize' ? integers(3) : undefined;
  if (sizes?.length === given.length) return [sizes];
  const scales = node.floats.get('scales') ?? floats(node.opType === 'Resize' ? 2 : 1);
  return [
    given.map((extent, axis) => {
      const scale = scales?.[axis];
      if (scale === 1) return extent;
      return typeof extent === 'number' && scale !== undefined ? Math.floor(extent * scale) : undefined;
    }),
  ];
}

/** Y [sequence, directions, batch, hidden], then the last states [directions, batch, hidden]. */
function recurrent({ node, shape }: ShapeQuestion): (InferredShape | undefined)[] {
  const x = shape(0);
  const weights = shape(2);
  if (x?.length !== 3 || weights === undefined) return [undefined];
  const directions = weights[0];
  const hidden = node.integers.get('hidden_size')?.[0] ?? weights[2];
  const last = [directions, x[1], hidden];
  return [[x[0], directions, x[1], hidden], last, last];
}
