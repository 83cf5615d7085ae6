import type { DataTypeName } from '../tensor/data-type.js';
import { buildOnnxModel } from './onnx-model-builder.js';
import { packElements } from './pack-elements.js';
import { seededValues } from './seeded-random.js';

/** `y = x` for one tensor; a string extent is a named varying one. */
export function identityModel(
  options: { readonly dataType?: DataTypeName; readonly shape?: readonly (number | string)[] } = {},
): Uint8Array {
  const { dataType = 'FP32', shape = ['batch', 4] } = options;
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType, shape }],
    outputs: [{ name: 'y', dataType, shape }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'], name: 'copy' }],
  });
}

export interface MatMulOptions {
  readonly rows: number;
  readonly columns: number;
  readonly seed?: number;
}

/** `y = x W`: FP32 x [batch, rows], W [rows, columns] from the seed, y [batch, columns]. */
export function matMulModel(options: MatMulOptions): Uint8Array {
  const { rows, columns } = options;
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', rows] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', columns] }],
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'], name: 'project' }],
    initializers: [{ name: 'w', dataType: 'FP32', shape: [rows, columns], values: matMulWeights(options) }],
  });
}

/** What {@link matMulModel} gives for one row, in float64. */
export function matMulReference(options: MatMulOptions, row: readonly number[]): number[] {
  return multiply(row, matMulWeights(options), options.columns);
}

function matMulWeights({ rows, columns, seed = 1 }: MatMulOptions): number[] {
  return seededValues(rows * columns, seed);
}

export interface MlpOptions {
  readonly features: number;
  readonly hidden: number;
  readonly classes: number;
  readonly seed?: number;
}

/**
 * A small classifier, opset 13: Gemm, Relu, Gemm, Softmax. FP32 `features` [batch, features] to
 * `probabilities` [batch, classes].
 */
export function mlpModel(options: MlpOptions): Uint8Array {
  const { features, hidden, classes } = options;
  const weights = mlpWeights(options);
  return buildOnnxModel({
    inputs: [{ name: 'features', dataType: 'FP32', shape: ['batch', features] }],
    outputs: [{ name: 'probabilities', dataType: 'FP32', shape: ['batch', classes] }],
    nodes: [
      { op: 'Gemm', inputs: ['features', 'w1', 'b1'], outputs: ['sum1'], name: 'hidden_layer' },
      { op: 'Relu', inputs: ['sum1'], outputs: ['active1'], name: 'hidden_activation' },
      { op: 'Gemm', inputs: ['active1', 'w2', 'b2'], outputs: ['logits'], name: 'output_layer' },
      {
        op: 'Softmax',
        inputs: ['logits'],
        outputs: ['probabilities'],
        name: 'output_activation',
        attributes: { axis: { int: -1 } },
      },
    ],
    initializers: [
      { name: 'w1', dataType: 'FP32', shape: [features, hidden], values: weights.w1 },
      { name: 'b1', dataType: 'FP32', shape: [hidden], values: weights.b1 },
      { name: 'w2', dataType: 'FP32', shape: [hidden, classes], values: weights.w2 },
      { name: 'b2', dataType: 'FP32', shape: [classes], values: weights.b2 },
    ],
  });
}

/** The probabilities that {@link mlpModel} gives for one row, in float64. */
export function mlpReference(options: MlpOptions, row: readonly number[]): number[] {
  const { w1, b1, w2, b2 } = mlpWeights(options);
  const active = add(multiply(row, w1, options.hidden), b1).map((sum) => Math.max(sum, 0));
  const logits = add(multiply(active, w2, options.classes), b2);
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function mlpWeights({ features, hidden, classes, seed = 1 }: MlpOptions) {
  return {
    w1: seededValues(features * hidden, seed, 1 / Math.sqrt(features)),
    b1: seededValues(hidden, seed + 1, 0.1),
    w2: seededValues(hidden * classes, seed + 2, 2 / Math.sqrt(hidden)),
    b2: seededValues(classes, seed + 3, 0.1),
  };
}

/**
 * `y = x W` for FP32 x [batch, 4], with W [4, 3] in another file: `data` belongs at `location`.
 * The location is written as given, so that tests can have wrong ones.
 */
export function externalDataModel(options: { readonly location: string; readonly seed?: number }): {
  readonly model: Uint8Array;
  readonly data: Uint8Array;
} {
  const data = packElements('FP32', matMulWeights({ rows: 4, columns: 3, seed: options.seed ?? 1 }));
  const external = { location: options.location, offset: '0', length: String(data.length) };
  const model = buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 3] }],
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'], name: 'project' }],
    initializers: [{ name: 'w', dataType: 'FP32', shape: [4, 3], external }],
  });
  return { model, data };
}

/** Row vector times row-major matrix. */
function multiply(row: readonly number[], matrix: readonly number[], columns: number): number[] {
  return Array.from({ length: columns }, (_, column) =>
    row.reduce((sum, value, index) => sum + value * (matrix[index * columns + column] ?? Number.NaN), 0),
  );
}

function add(left: readonly number[], right: readonly number[]): number[] {
  return left.map((value, index) => value + (right[index] ?? Number.NaN));
}
