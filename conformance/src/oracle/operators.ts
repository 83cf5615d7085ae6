import type { DataTypeName } from '@deephealth/sdk';
import { type Element, numbersOf, sizeOf, stridesOf, type Value } from './value.js';

export interface Attributes {
  readonly [name: string]: number | readonly number[];
}

export type Operator = (inputs: readonly Value[], attributes: Attributes) => Value;

/** Size by which the error of a term is measured: that of its own making, or of the number itself. */
function scaleAt({ scales }: Value, values: readonly number[], index: number): number {
  return Math.max(scales[index] as number, Math.abs(values[index] as number));
}

/** Operators by their ONNX name, in float64, after the definitions of the ONNX operator set 13. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  Identity: ([x]) => x as Value,
  Add: ([a, b]) =>
    pairwise(
      a as Value,
      b as Value,
      (x, y) => x + y,
      (_x, _y, s, t) => s + t,
    ),
  Sub: ([a, b]) =>
    pairwise(
      a as Value,
      b as Value,
      (x, y) => x - y,
      (_x, _y, s, t) => s + t,
    ),
  Mul: ([a, b]) =>
    pairwise(
      a as Value,
      b as Value,
      (x, y) => x * y,
      (_x, _y, s, t) => s * t,
    ),
  Div: ([a, b]) =>
    pairwise(
      a as Value,
      b as Value,
      (x, y) => x / y,
      (_x, y, s) => Math.abs(s / y),
    ),
  // Slopes are at most 1: an error of the argument does not grow.
  Relu: ([x]) => each(x as Value, (value) => (Number.isNaN(value) ? value : Math.max(value, 0))),
  Sigmoid: ([x]) => each(x as Value, (value) => 1 / (1 + Math.exp(-value)), 1),
  Tanh: ([x]) => each(x as Value, Math.tanh, 1),
  MatMul: ([a, b]) => matMul(a as Value, b as Value),
  Softmax: ([x], { axis = -1 }) => softmax(x as Value, Number(axis)),
  ReduceSum: ([x]) => reduceLast(x as Value),
  Conv: ([x, w]) => convolve(x as Value, w as Value),
  Concat: (inputs, { axis = 0 }) => concatenate(inputs, Number(axis)),
  Transpose: ([x], { perm }) => transpose(x as Value, perm as readonly number[]),
  ArgMax: ([x]) => argMaxLast(x as Value),
};

function broadcast(a: Value, b: Value): { shape: number[]; at: (index: number) => readonly [number, number] } {
  const rank = Math.max(a.shape.length, b.shape.length);
  const pad = (shape: readonly number[]) => [...Array<number>(rank - shape.length).fill(1), ...shape];
  const [left, right] = [pad(a.shape), pad(b.shape)];
  const shape = left.map((extent, axis) => (extent === 1 ? (right[axis] as number) : extent));
  const [strides, leftStrides, rightStrides] = [stridesOf(shape), stridesOf(left), stridesOf(right)];
  return {
    shape,
    at(index) {
      let [inLeft, inRight] = [0, 0];
      for (let axis = 0; axis < rank; axis++) {
        const place = Math.floor(index / (strides[axis] as number)) % (shape[axis] as number);
        if (left[axis] !== 1) inLeft += place * (leftStrides[axis] as number);
        if (right[axis] !== 1) inRight += place * (rightStrides[axis] as number);
      }
      return [inLeft, inRight];
    },
  };
}

function pairwise(
  a: Value,
  b: Value,
  combine: (x: number, y: number) => number,
  scale: (x: number, y: number, xScale: number, yScale: number) => number,
): Value {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  const { shape, at } = broadcast(a, b);
  const pairs = Array.from({ length: sizeOf(shape) }, (_, index) => at(index));
  return {
    dataType: a.dataType,
    shape,
    elements: pairs.map(([i, j]) => combine(left[i] as number, right[j] as number)),
    scales: pairs.map(([i, j]) =>
      scale(left[i] as number, right[j] as number, scaleAt(a, left, i), scaleAt(b, right, j)),
    ),
  };
}

function each(x: Value, apply: (value: number) => number, least = 0): Value {
  const values = numbersOf(x);
  return {
    ...x,
    elements: values.map(apply),
    scales: values.map((_, index) => Math.max(least, scaleAt(x, values, index))),
  };
}

/** Over the last two axes of `a`; `b` is a matrix. */
function matMul(a: Value, b: Value): Value {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  const [inner, columns] = b.shape as [number, number];
  const rows = sizeOf(a.shape.slice(0, -1));
  const elements: number[] = [];
  const scales: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let [sum, size] = [0, 0];
      for (let k = 0; k < inner; k++) {
        const [i, j] = [row * inner + k, k * columns + column];
        sum += (left[i] as number) * (right[j] as number);
        size += scaleAt(a, left, i) * scaleAt(b, right, j);
      }
      elements.push(sum);
      scales.push(size);
    }
  }
  return { dataType: a.dataType, shape: [...a.shape.slice(0, -1), columns], elements, scales };
}

function softmax(x: Value, axis: number): Value {
  const values = numbersOf(x);
  const place = axis < 0 ? axis + x.shape.length : axis;
  const extent = x.shape[place] as number;
  const stride = stridesOf(x.shape)[place] as number;
  const elements = new Array<number>(values.length);
  const scales = new Array<number>(values.length);
  for (let start = 0; start < values.length; start++) {
    if (Math.floor(start / stride) % extent !== 0) continue;
    const line = Array.from({ length: extent }, (_, k) => start + k * stride);
    const highest = Math.max(...line.map((index) => values[index] as number));
    const powers = line.map((index) => Math.exp((values[index] as number) - highest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    // An error of an argument is one of the exponent: it counts as much as the argument is large.
    const size = Math.max(1, ...line.map((index) => scaleAt(x, values, index)));
    line.forEach((index, k) => {
      elements[index] = (powers[k] as number) / total;
      scales[index] = size;
    });
  }
  return { ...x, elements, scales };
}

function reduceLast(x: Value): Value {
  const values = numbersOf(x);
  const extent = x.shape.at(-1) as number;
  const rows = sizeOf(x.shape.slice(0, -1));
  const sum = (row: number, of: (index: number) => number) => {
    let total = 0;
    for (let k = 0; k < extent; k++) total += of(row * extent + k);
    return total;
  };
  const each = Array.from({ length: rows }, (_, row) => row);
  return {
    dataType: x.dataType,
    shape: [...x.shape.slice(0, -1), 1],
    elements: each.map((row) => sum(row, (index) => values[index] as number)),
    scales: each.map((row) => sum(row, (index) => scaleAt(x, values, index))),
  };
}

/** 2-D, stride 1, no padding: x [n, c, h, w], w [m, c, kh, kw]. */
function convolve(x: Value, w: Value): Value {
  const [values, weights] = [numbersOf(x), numbersOf(w)];
  const [items, channels, height, width] = x.shape as [number, number, number, number];
  const [maps, , kernelHeight, kernelWidth] = w.shape as [number, number, number, number];
  const [rows, columns] = [height - kernelHeight + 1, width - kernelWidth + 1];
  const elements: number[] = [];
  const scales: number[] = [];
  for (let item = 0; item < items; item++)
    for (let map = 0; map < maps; map++)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++) {
          let [sum, size] = [0, 0];
          for (let channel = 0; channel < channels; channel++)
            for (let dy = 0; dy < kernelHeight; dy++)
              for (let dx = 0; dx < kernelWidth; dx++) {
                const i = ((item * channels + channel) * height + row + dy) * width + column + dx;
                const j = ((map * channels + channel) * kernelHeight + dy) * kernelWidth + dx;
                sum += (values[i] as number) * (weights[j] as number);
                size += scaleAt(x, values, i) * scaleAt(w, weights, j);
              }
          elements.push(sum);
          scales.push(size);
        }
  return { dataType: x.dataType, shape: [items, maps, rows, columns], elements, scales };
}

function concatenate(inputs: readonly Value[], axis: number): Value {
  const [first] = inputs as [Value];
  const outer = sizeOf(first.shape.slice(0, axis));
  const elements: Element[] = [];
  const scales: number[] = [];
  for (let block = 0; block < outer; block++) {
    for (const input of inputs) {
      const length = sizeOf(input.shape.slice(axis));
      elements.push(...input.elements.slice(block * length, (block + 1) * length));
      scales.push(...input.scales.slice(block * length, (block + 1) * length));
    }
  }
  const extent = inputs.reduce((sum, input) => sum + (input.shape[axis] as number), 0);
  return {
    dataType: first.dataType,
    shape: first.shape.map((old, at) => (at === axis ? extent : old)),
    elements,
    scales,
  };
}

function transpose(x: Value, perm: readonly number[]): Value {
  const shape = perm.map((axis) => x.shape[axis] as number);
  const [from, to] = [stridesOf(x.shape), stridesOf(shape)];
  const places = Array.from({ length: x.elements.length }, (_, index) =>
    perm.reduce(
      (sum, axis, at) =>
        sum + (Math.floor(index / (to[at] as number)) % (shape[at] as number)) * (from[axis] as number),
      0,
    ),
  );
  return {
    dataType: x.dataType,
    shape,
    elements: places.map((place) => x.elements[place] as Element),
    scales: places.map((place) => x.scales[place] as number),
  };
}

/** The first of equal values, kept as an axis of 1. */
function argMaxLast(x: Value): Value {
  const values = numbersOf(x);
  const extent = x.shape.at(-1) as number;
  const rows = sizeOf(x.shape.slice(0, -1));
  const elements = Array.from({ length: rows }, (_, row) => {
    const line = values.slice(row * extent, (row + 1) * extent);
    return BigInt(line.indexOf(Math.max(...line)));
  });
  const dataType: DataTypeName = 'INT64';
  return { dataType, shape: [...x.shape.slice(0, -1), 1], elements, scales: elements.map(() => 0) };
}
