import type { TensorMessage } from '../onnx-message.js';
import {
  broadcast,
  mapRows,
  multiply,
  NotComputed,
  type ReferenceTensor,
  sigmoid,
  softmax,
  tensorOf,
  transposed,
} from './reference-tensor.js';
import { convolve, pool } from './reference-windows.js';

/** Attributes of a node, as an operator asks for them. */
export interface ReferenceAttributes {
  number(name: string, otherwise: number): number;
  numbers(name: string): readonly number[] | undefined;
  text(name: string, otherwise: string): string;
  tensor(name: string): TensorMessage | undefined;
  readonly opset: number;
}

/** Inputs that a node leaves out are undefined. The results are those of the outputs, as far as they are numbers. */
export type ReferenceOperator = (
  inputs: readonly (ReferenceTensor | undefined)[],
  attributes: ReferenceAttributes,
) => readonly (ReferenceTensor | undefined)[];

type Tensors = readonly ReferenceTensor[];
const one =
  (compute: (inputs: Tensors, attributes: ReferenceAttributes) => ReferenceTensor): ReferenceOperator =>
  (inputs, attributes) => [compute(inputs as Tensors, attributes)];
const each = (map: (value: number) => number) =>
  one(([x]) => tensorOf((x as ReferenceTensor).shape, (index) => map((x as ReferenceTensor).values[index] as number)));
const both = (combine: (x: number, y: number) => number) =>
  one(([a, b]) => broadcast(a as ReferenceTensor, b as ReferenceTensor, combine));
const same = one(([x]) => x as ReferenceTensor);

/** By domain and type, in the meaning that the ONNX standard gives them. */
export const REFERENCE_OPERATORS: ReadonlyMap<string, ReferenceOperator> = new Map<string, ReferenceOperator>([
  [':Identity', same],
  [':Dropout', same],
  [':Add', both((x, y) => x + y)],
  [':Sub', both((x, y) => x - y)],
  [':Mul', both((x, y) => x * y)],
  [':Div', both((x, y) => x / y)],
  [':Relu', each((x) => Math.max(x, 0))],
  [':Sigmoid', each(sigmoid)],
  [':Tanh', each(Math.tanh)],
  [':Exp', each(Math.exp)],
  [':LeakyRelu', one(([x], { number }) => leaky(x as ReferenceTensor, number('alpha', 0.01)))],
  [':MatMul', one(([a, b]) => multiply(a as ReferenceTensor, b as ReferenceTensor))],
  [':Gemm', one(gemm)],
  [':Flatten', one(flatten)],
  [':Softmax', one(softmaxOf)],
  [':BatchNormalization', one(batchNormalization)],
  [':GlobalAveragePool', one(globalAverage)],
  [':Conv', one(convolve)],
  [':MaxPool', one(([x], attributes) => pool(x as ReferenceTensor, attributes, 'max'))],
  [':AveragePool', one(([x], attributes) => pool(x as ReferenceTensor, attributes, 'mean'))],
  ['ai.onnx.ml:Scaler', one(scaler)],
  ['ai.onnx.ml:Normalizer', one(normalizer)],
  [
    'ai.onnx.ml:LinearRegressor',
    one((inputs, attributes) => linear(inputs, attributes, attributes.number('targets', 1))),
  ],
  ['ai.onnx.ml:LinearClassifier', linearClassifier],
]);

function leaky({ shape, values }: ReferenceTensor, alpha: number): ReferenceTensor {
  return tensorOf(shape, (index) => {
    const value = values[index] as number;
    return value < 0 ? alpha * value : value;
  });
}

function gemm([a, b, c]: Tensors, { number }: ReferenceAttributes): ReferenceTensor {
  const [left, right] = [
    number('transA', 0) ? transposed(a as ReferenceTensor) : a,
    number('transB', 0) ? transposed(b as ReferenceTensor) : b,
  ];
  const product = multiply(left as ReferenceTensor, right as ReferenceTensor);
  const [alpha, beta] = [number('alpha', 1), number('beta', 1)];
  const scaled = tensorOf(product.shape, (index) => alpha * (product.values[index] as number));
  return c === undefined ? scaled : broadcast(scaled, c, (x, y) => x + beta * y);
}

function flatten([x]: Tensors, { number }: ReferenceAttributes): ReferenceTensor {
  const { shape, values } = x as ReferenceTensor;
  const axis = number('axis', 1);
  const extentOf = (extents: readonly number[]) => extents.reduce((product, extent) => product * extent, 1);
  const at = axis < 0 ? axis + shape.length : axis;
  return { shape: [extentOf(shape.slice(0, at)), extentOf(shape.slice(at))], values };
}

function softmaxOf([x]: Tensors, { number, opset }: ReferenceAttributes): ReferenceTensor {
  const { shape } = x as ReferenceTensor;
  const axis = number('axis', opset >= 13 ? -1 : 1);
  if (axis !== -1 && axis !== shape.length - 1) throw new NotComputed('a softmax that is not over the last axis');
  return mapRows(x as ReferenceTensor, softmax);
}

function batchNormalization(inputs: Tensors, { number }: ReferenceAttributes): ReferenceTensor {
  const [x, scale, bias, mean, variance] = inputs as [
    ReferenceTensor,
    ReferenceTensor,
    ReferenceTensor,
    ReferenceTensor,
    ReferenceTensor,
  ];
  const channels = x.shape[1] as number;
  const inner = x.shape.slice(2).reduce((product, extent) => product * extent, 1);
  const epsilon = number('epsilon', 1e-5);
  return tensorOf(x.shape, (index) => {
    const c = Math.floor(index / inner) % channels;
    const of = (tensor: ReferenceTensor) => tensor.values[c] as number;
    return (((x.values[index] as number) - of(mean)) / Math.sqrt(of(variance) + epsilon)) * of(scale) + of(bias);
  });
}

function globalAverage([x]: Tensors): ReferenceTensor {
  const { shape, values } = x as ReferenceTensor;
  const [batch = 1, channels = 1, ...extents] = shape;
  const inner = extents.reduce((product, extent) => product * extent, 1);
  return tensorOf([batch, channels, ...extents.map(() => 1)], (index) => {
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += values[index * inner + k] as number;
    return sum / inner;
  });
}

function scaler([x]: Tensors, { numbers }: ReferenceAttributes): ReferenceTensor {
  const [offset = [0], scale = [1]] = [numbers('offset'), numbers('scale')];
  const at = (list: readonly number[], index: number) => list[list.length === 1 ? 0 : index] as number;
  return mapRows(x as ReferenceTensor, (row) =>
    row.map((value, index) => (value - at(offset, index)) * at(scale, index)),
  );
}

function normalizer([x]: Tensors, { text }: ReferenceAttributes): ReferenceTensor {
  const norm = text('norm', 'MAX');
  return mapRows(x as ReferenceTensor, (row) => {
    const list = Array.from(row);
    const size =
      norm === 'L1'
        ? list.reduce((sum, value) => sum + Math.abs(value), 0)
        : norm === 'L2'
          ? Math.sqrt(list.reduce((sum, value) => sum + value * value, 0))
          : Math.max(...list);
    return list.map((value) => (size === 0 ? value : value / size));
  });
}

/** Scores `x W^T + b` of targets or classes. */
function linear([x]: Tensors, attributes: ReferenceAttributes, targets: number): ReferenceTensor {
  const { shape, values } = x as ReferenceTensor;
  const coefficients = attributes.numbers('coefficients') ?? [];
  const intercepts = attributes.numbers('intercepts') ?? [];
  const width = shape.at(-1) as number;
  if (coefficients.length !== width * targets) throw new NotComputed('coefficients of another number of features');
  const post = attributes.text('post_transform', 'NONE');
  const scores = tensorOf([values.length / width, targets], (index) => {
    const [row, target] = [Math.floor(index / targets), index % targets];
    let sum = intercepts[target] ?? 0;
    for (let k = 0; k < width; k++)
      sum += (values[row * width + k] as number) * (coefficients[target * width + k] as number);
    return sum;
  });
  if (post === 'NONE') return scores;
  if (post === 'LOGISTIC') return tensorOf(scores.shape, (index) => sigmoid(scores.values[index] as number));
  if (post === 'SOFTMAX') return mapRows(scores, softmax);
  throw new NotComputed(`the transformation ${post.slice(0, 20)}`);
}

function linearClassifier(
  inputs: readonly (ReferenceTensor | undefined)[],
  attributes: ReferenceAttributes,
): readonly (ReferenceTensor | undefined)[] {
  const width = inputs[0]?.shape.at(-1) as number;
  const classes = (attributes.numbers('coefficients') ?? []).length / width;
  // One score for two classes is told in two ways by engines; which one is theirs to say.
  if (!Number.isInteger(classes) || classes < 2) throw new NotComputed('a classifier with one score for two classes');
  return [undefined, linear(inputs as Tensors, attributes, classes)];
}
