import { broadcast, broadcastShapes } from './batch-coupling-broadcast.js';
import { type Extent, isRows, isSameExtent, type Rows, type Shape, someExtent } from './batch-coupling-extent.js';
import { type Layout, MIXED, ofShape, rowsOf, shapeOf, shared } from './batch-coupling-layout.js';
import { couples, integerOf, keeps, type NodeStep, type OperatorRule, type Outcome } from './batch-coupling-step.js';

const ADDS_UP = 'adds up over the axis that holds the items';
const MEETS = 'multiplies items with one another, or may do so';

/** Matrix product over the last two axes, with the others broadcast. */
export const MATMUL: OperatorRule = {
  follow: ({ inputs: [left = MIXED, right = MIXED] }) => matrixProduct(left, right),
  data: [0, 1],
};

/** The layout of a product over the last axis of one and the last but one of the other. */
export function matrixProduct(left: Layout, right: Layout): Outcome {
  const [leftShape, rightShape] = [shapeOf(left), shapeOf(right)];
  const hasItems = left.kind === 'items' || right.kind === 'items';
  if (leftShape === undefined || rightShape === undefined) {
    return hasItems ? couples('multiplies with a tensor whose rank is not known') : keeps(shared());
  }
  if (isRows(leftShape.at(-1)) || isRows(rightShape.at(rightShape.length === 1 ? -1 : -2))) {
    return couples(ADDS_UP);
  }
  const [leftBatch, rightBatch] = [leftShape.slice(0, -2), rightShape.slice(0, -2)];
  const { reason } = broadcast([ofShape(leftBatch), ofShape(rightBatch)]);
  if (reason !== undefined) return couples(reason);
  const rows = leftShape.length < 2 ? [] : leftShape.slice(-2, -1);
  const columns = rightShape.length < 2 ? [] : rightShape.slice(-1);
  const product = ofShape([...(broadcastShapes([leftBatch, rightBatch]) ?? []), ...rows, ...columns]);
  return product.kind === 'mixed' ? couples(MEETS) : keeps(product);
}

/** Product of two matrices, either transposed, plus a third that is broadcast. */
export const GEMM: OperatorRule = {
  follow(step) {
    const [left = MIXED, right = MIXED, added] = step.inputs;
    const outcome = matrixProduct(
      transposed(left, integerOf(step, 'transA', 0) !== 0),
      transposed(right, integerOf(step, 'transB', 0) !== 0),
    );
    const [product] = outcome.outputs;
    return product === undefined || added === undefined ? outcome : broadcast([product, added]);
  },
  data: [0, 1, 2],
};

function transposed(matrix: Layout, isTransposed: boolean): Layout {
  const shape = shapeOf(matrix);
  if (!isTransposed || shape === undefined) return matrix;
  return ofShape([...shape.slice(0, -2), ...shape.slice(-2).reverse()]);
}

/** ONNX Runtime's MatMul with transposition and activation inside. */
export const FUSED_MATMUL: OperatorRule = {
  follow(step) {
    const [left = MIXED, right = MIXED] = step.inputs;
    const isMoved = ['transBatchA', 'transBatchB'].some((name) => integerOf(step, name, 0) !== 0);
    if (isMoved) return couples('moves the axis that holds the items in a way that is not followed');
    return matrixProduct(
      transposed(left, integerOf(step, 'transA', 0) !== 0),
      transposed(right, integerOf(step, 'transB', 0) !== 0),
    );
  },
  data: [0, 1],
};

/** A product with the right matrix packed for this operator, so that only the rows can be items. */
export const PACKED_MATMUL: OperatorRule = {
  follow({ inputs: [left = MIXED] }) {
    if (left.kind !== 'items') return keeps(shared());
    if (left.shape === undefined || left.axis >= left.shape.length - 1) return couples(ADDS_UP);
    return keeps({ ...left, shape: [...left.shape.slice(0, -1), someExtent()] });
  },
};

/** Einsum with a letter for each axis: the letter of the items must be in each item tensor and in the result. */
export const EINSUM: OperatorRule = { follow: einsum, data: 'all' };

function einsum({ node, inputs }: NodeStep): Outcome {
  const equation = (node.strings.get('equation') ?? '').replaceAll(' ', '');
  const [terms = '', result] = equation.split('->');
  const letters = terms.split(',');
  if (result === undefined || equation.includes('.') || letters.length !== inputs.length) {
    return couples('has an equation that is not followed');
  }
  const extents = new Map<string, Extent>();
  const itemLetters = new Set<string>();
  const rows: Rows[] = [];
  for (const [index, term] of letters.entries()) {
    const input = inputs[index] ?? MIXED;
    const shape: Shape = shapeOf(input);
    if (input.kind === 'items') {
      rows.push(rowsOf(input));
      itemLetters.add(term[input.axis] ?? '');
    }
    for (const [axis, letter] of [...term].entries()) {
      const extent = shape?.[axis];
      if (extent !== undefined && (!extents.has(letter) || extents.get(letter) === 1)) extents.set(letter, extent);
    }
  }
  const [letter] = itemLetters;
  const shape = [...result].map((name) => extents.get(name) ?? someExtent());
  if (letter === undefined) return keeps(shared(shape));
  if (itemLetters.size > 1) return couples(MEETS);
  if (!result.includes(letter)) return couples(ADDS_UP);
  const isOnlyItems = letters.every((term, index) => inputs[index]?.kind === 'items' || !term.includes(letter));
  const isOnce = letters.every((term) => term.split(letter).length <= 2);
  const isSameCount = rows.every((count) => isSameExtent(count, rows[0]));
  return isOnlyItems && isOnce && isSameCount ? keeps(ofShape(shape)) : couples(MEETS);
}
