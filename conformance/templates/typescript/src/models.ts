// The models that this runtime knows. A real runtime would read the graph; these few are written by hand.
import { setTimeout as delay } from 'node:timers/promises';

/** How long "conformance-slow" runs: long enough that something can happen meanwhile. */
const SLOW_MS = 300;

export type DataType = 'DATA_TYPE_FP32' | 'DATA_TYPE_INT64' | 'DATA_TYPE_UINT8';

/** Elements in row-major order, little-endian, as on the wire. */
export interface Tensor {
  readonly dataType: DataType;
  readonly shape: readonly number[];
  readonly data: Buffer;
}

/** A tensor of a model; -1 for an extent that may vary. */
export interface Declared {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: readonly number[];
  readonly allowsNonFinite?: boolean;
}

export type Tensors = ReadonlyMap<string, Tensor>;

export interface Model {
  readonly inputs: readonly Declared[];
  readonly outputs: readonly Declared[];
  run(inputs: Tensors): Promise<Tensors>;
}

export const ELEMENT_BYTES: Readonly<Record<DataType, number>> = {
  DATA_TYPE_FP32: 4,
  DATA_TYPE_INT64: 8,
  DATA_TYPE_UINT8: 1,
};

type Run = (x: Tensor) => Tensor | Promise<Tensor>;

/** One input x and one output y, both of this type and shape. */
function oneToOne(like: Omit<Declared, 'name'>, run: Run): Model {
  return {
    inputs: [{ name: 'x', ...like }],
    outputs: [{ name: 'y', ...like }],
    run: async (inputs) => new Map([['y', await run(tensorOf(inputs, 'x'))]]),
  };
}

// The bytes themselves: a detour over numbers would lose the bits of a NaN.
const identity: Run = (x) => x;
const slow: Run = (x) => delay(SLOW_MS, x);
const relu: Run = (x) =>
  fp32(
    x.shape,
    floats(x).map((value) => Math.max(value, 0)),
  );

/** a [n, k] times b [k, m]; sums are FP64, rounded once. */
function matmul(a: Tensor, b: Tensor): Tensor {
  const [n = 0, k = 0] = a.shape;
  const m = b.shape[1] ?? 0;
  const [left, right] = [floats(a), floats(b)];
  const y = new Float32Array(n * m);
  for (let row = 0; row < n; row += 1) {
    for (let column = 0; column < m; column += 1) {
      let sum = 0;
      for (let i = 0; i < k; i += 1) sum += (left[row * k + i] ?? 0) * (right[i * m + column] ?? 0);
      y[row * m + column] = sum;
    }
  }
  return fp32([n, m], y);
}

export const MODELS: ReadonlyMap<string, Model> = new Map([
  ['conformance-identity-fp32', oneToOne({ dataType: 'DATA_TYPE_FP32', shape: [-1], allowsNonFinite: true }, identity)],
  ['conformance-identity-int64', oneToOne({ dataType: 'DATA_TYPE_INT64', shape: [-1] }, identity)],
  ['conformance-identity-uint8', oneToOne({ dataType: 'DATA_TYPE_UINT8', shape: [-1] }, identity)],
  ['conformance-relu', oneToOne({ dataType: 'DATA_TYPE_FP32', shape: [-1, 6] }, relu)],
  ['conformance-slow', oneToOne({ dataType: 'DATA_TYPE_FP32', shape: [-1, 4] }, slow)],
  [
    'conformance-matmul',
    {
      inputs: [
        { name: 'a', dataType: 'DATA_TYPE_FP32', shape: [-1, 4] },
        { name: 'b', dataType: 'DATA_TYPE_FP32', shape: [4, 4] },
      ],
      outputs: [{ name: 'y', dataType: 'DATA_TYPE_FP32', shape: [-1, 4] }],
      run: async (inputs: Tensors) => new Map([['y', matmul(tensorOf(inputs, 'a'), tensorOf(inputs, 'b'))]]),
    },
  ],
]);

export function allFinite(tensor: Tensor): boolean {
  return tensor.dataType !== 'DATA_TYPE_FP32' || floats(tensor).every(Number.isFinite);
}

function tensorOf(inputs: Tensors, name: string): Tensor {
  const tensor = inputs.get(name);
  if (tensor === undefined) throw new RangeError(`the input ${name} was not checked`);
  return tensor;
}

/** Copied: the bytes of a message may lie at an address that no Float32Array can begin at. */
function floats({ data }: Tensor): Float32Array {
  return Float32Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(4 * i));
}

function fp32(shape: readonly number[], values: Float32Array): Tensor {
  const data = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => void data.writeFloatLE(value, 4 * i));
  return { dataType: 'DATA_TYPE_FP32', shape, data };
}
