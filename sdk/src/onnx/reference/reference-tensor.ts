/** Numbers in float64, row-major. */
export interface ReferenceTensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** Elements of one result; larger ones take too long here. */
const MOST_ELEMENTS = 1_000_000;

export function tensorOf(shape: readonly number[], fill: (index: number) => number): ReferenceTensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (!(count >= 0 && count <= MOST_ELEMENTS)) throw new NotComputed('a result of so many numbers');
  return { shape, values: Float64Array.from({ length: count }, (_, index) => fill(index)) };
}

/** Thrown inside the reference for what it does not compute; no error of the product. */
export class NotComputed extends Error {}

/** Element by element, with the broadcasting of ONNX (that of NumPy). */
export function broadcast(
  a: ReferenceTensor,
  b: ReferenceTensor,
  combine: (x: number, y: number) => number,
): ReferenceTensor {
  const rank = Math.max(a.shape.length, b.shape.length);
  const padded = ({ shape }: ReferenceTensor) => [...Array<number>(rank - shape.length).fill(1), ...shape];
  const [left, right] = [padded(a), padded(b)];
  const shape = left.map((extent, axis) => {
    const other = right[axis] as number;
    if (extent !== other && extent !== 1 && other !== 1) throw new NotComputed('extents that do not broadcast');
    return Math.max(extent, other);
  });
  const [placeInA, placeInB] = [placer(left, shape), placer(right, shape)];
  return tensorOf(shape, (index) => combine(a.values[placeInA(index)] as number, b.values[placeInB(index)] as number));
}

/** Place in a tensor of these extents for a place in the broadcast one. */
function placer(extents: readonly number[], shape: readonly number[]): (index: number) => number {
  return (index) => {
    let [rest, place, stride] = [index, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const extent = shape[axis] as number;
      const at = rest % extent;
      rest = (rest - at) / extent;
      if (extents[axis] !== 1) place += at * stride;
      stride *= extents[axis] as number;
    }
    return place;
  };
}

/** Rows of the last axis, each mapped to a row of the same length. */
export function mapRows(
  { shape, values }: ReferenceTensor,
  map: (row: Float64Array) => ArrayLike<number>,
): ReferenceTensor {
  const width = shape.at(-1) ?? 1;
  const result = new Float64Array(values.length);
  for (let start = 0; start < values.length; start += width)
    result.set(map(values.subarray(start, start + width)), start);
  return { shape, values: result };
}

/** Two matrices. */
export function multiply(a: ReferenceTensor, b: ReferenceTensor): ReferenceTensor {
  const [rows, inner] = a.shape;
  const [same, columns] = b.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2 || inner !== same)
    throw new NotComputed('a product that is not of two matrices');
  return tensorOf([rows as number, columns as number], (index) => {
    const [row, column] = [Math.floor(index / (columns as number)), index % (columns as number)];
    let sum = 0;
    for (let k = 0; k < (inner as number); k++)
      sum += (a.values[row * (inner as number) + k] as number) * (b.values[k * (columns as number) + column] as number);
    return sum;
  });
}

export function transposed({ shape, values }: ReferenceTensor): ReferenceTensor {
  const [rows, columns] = shape;
  if (shape.length !== 2) throw new NotComputed('a transposition that is not of a matrix');
  return tensorOf([columns as number, rows as number], (index) => {
    const [column, row] = [Math.floor(index / (rows as number)), index % (rows as number)];
    return values[row * (columns as number) + column] as number;
  });
}

export function softmax(row: ArrayLike<number>): number[] {
  const list = Array.from(row);
  const highest = Math.max(...list);
  const powers = list.map((value) => Math.exp(value - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

export const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
