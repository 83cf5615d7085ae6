import {
  type Extent,
  isCount,
  isPlainExtent,
  isRows,
  isSameExtent,
  product,
  someNumber,
} from './batch-coupling-extent.js';
import { elementsOf, type Layout, ofElements, shapeOf } from './batch-coupling-layout.js';
import { constantOf, integerOf, type NodeStep, settingOf } from './batch-coupling-step.js';

/** No tensor has more axes; a forged file must not make lists grow. */
const LONGEST = 64;

type Fold = (step: NodeStep) => Layout | undefined;

/**
 * Computes what exporters compute of extents: shapes of which one element is picked, joined with
 * numbers, multiplied. Only scalars and lists, of no more elements than a tensor has axes.
 *
 * @returns undefined if the operator or its inputs are not of this kind.
 */
export function foldElements(step: NodeStep): Layout | undefined {
  if (step.node.domain !== '') return undefined;
  const folded = FOLDS.get(step.node.opType)?.(step);
  return folded !== undefined && elementsOf(folded) === undefined ? undefined : folded;
}

const FOLDS: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ['Identity', ({ inputs: [x] }) => withElements(x, (elements) => elements)],
  ['Cast', ({ inputs: [x] }) => withElements(x, (elements) => elements.map(toWhole))],
  ['Gather', gather],
  ['Slice', slice],
  ['Concat', concat],
  ['Unsqueeze', unsqueeze],
  ['Squeeze', ({ inputs: [x] }) => (shapeOf(x)?.[0] === 1 ? asScalar(elementsOf(x)) : undefined)],
  ['Reshape', reshape],
  ['ConstantOfShape', constantOfShape],
  ['Add', arithmetic((left, right) => left + right)],
  ['Sub', arithmetic((left, right) => left - right)],
  ['Div', elementwise((left, right) => divide(left, right))],
  ['Mul', elementwise((left, right) => multiply(left, right))],
  ['Equal', elementwise((left, right) => isEqual(left, right))],
  ['Where', where],
]);

function withElements(
  layout: Layout | undefined,
  change: (elements: readonly Extent[]) => readonly Extent[],
): Layout | undefined {
  const elements = elementsOf(layout);
  return elements && ofElements(change(elements), shapeOf(layout)?.length === 0);
}

function asList(elements: readonly Extent[] | undefined): Layout | undefined {
  return elements && ofElements(elements, false);
}

function asScalar(elements: readonly Extent[] | undefined): Layout | undefined {
  return elements && ofElements(elements, true);
}

/** Casts may round; extents are whole and stay. */
function toWhole(extent: Extent): Extent {
  return typeof extent !== 'number' || Number.isInteger(extent) ? extent : someNumber();
}

function unsqueeze(step: NodeStep): Layout | undefined {
  const isToList = shapeOf(step.inputs[0])?.length === 0 && settingOf(step, 'axes', 1).length === 1;
  return isToList ? asList(elementsOf(step.inputs[0])) : undefined;
}

function gather(step: NodeStep): Layout | undefined {
  const { inputs } = step;
  const elements = elementsOf(inputs[0]);
  const indices = constantOf(step, 1);
  if (elements === undefined || indices === undefined || shapeOf(inputs[0])?.length !== 1) return undefined;
  const picked = indices.map((index) => elements.at(index));
  if (!picked.every((extent) => extent !== undefined)) return undefined;
  return ofElements(picked, shapeOf(inputs[1])?.length === 0);
}

function slice(step: NodeStep): Layout | undefined {
  const elements = elementsOf(step.inputs[0]);
  const [starts, ends] = [settingOf(step, 'starts', 1), settingOf(step, 'ends', 2)];
  const steps = settingOf(step, 'steps', 4);
  if (elements === undefined || typeof starts === 'string' || typeof ends === 'string') return undefined;
  if (starts.length !== 1 || (steps !== 'absent' && steps[0] !== 1)) return undefined;
  return asList(elements.slice(starts[0], ends[0]));
}

function concat({ inputs }: NodeStep): Layout | undefined {
  const lists = inputs.map(elementsOf);
  const length = lists.reduce((total, list) => total + (list?.length ?? Infinity), 0);
  return length <= LONGEST ? asList(lists.flatMap((list) => list ?? [])) : undefined;
}

function reshape(step: NodeStep): Layout | undefined {
  const target = constantOf(step, 1);
  const elements = elementsOf(step.inputs[0]);
  if (target?.length === 0) return asScalar(elements);
  return target?.length === 1 ? asList(elements) : undefined;
}

function constantOfShape(step: NodeStep): Layout | undefined {
  const lengths = constantOf(step, 0);
  const [length] = lengths ?? [];
  if (lengths?.length !== 1 || length === undefined || length < 0 || length > LONGEST) return undefined;
  if (step.node.tensors[0] !== undefined && !step.node.integers.has('value')) return undefined;
  return asList(new Array<Extent>(length).fill(integerOf(step, 'value', 0)));
}

function elementwise(combine: (left: Extent, right: Extent) => Extent): Fold {
  return ({ inputs: [left, right] }) => zip([left, right], ([a = 0, b = 0]) => combine(a, b));
}

function arithmetic(combine: (left: number, right: number) => number): Fold {
  return elementwise((left, right) =>
    typeof left === 'number' && typeof right === 'number' ? combine(left, right) : unlike(left, right),
  );
}

function where({ inputs }: NodeStep): Layout | undefined {
  return zip(inputs.slice(0, 3), ([condition = 0, yes = 0, no = 0]) => {
    if (typeof condition === 'number') return condition === 0 ? no : yes;
    return yes === no && typeof condition === 'symbol' ? yes : unlike(condition, yes, no);
  });
}

/** Combines scalars and lists of the same length, or of length 1, element by element. */
function zip(
  layouts: readonly (Layout | undefined)[],
  combine: (elements: readonly Extent[]) => Extent,
): Layout | undefined {
  const lists = layouts.map(elementsOf);
  if (!lists.every((list) => list !== undefined)) return undefined;
  const length = lists.reduce((longest, list) => (list.length === 1 ? longest : list.length), 1);
  if (lists.some((list) => list.length !== length && list.length !== 1)) return undefined;
  if (layouts.some((layout) => (shapeOf(layout)?.length ?? 2) > 1)) return undefined;
  const isScalar = layouts.every((layout) => shapeOf(layout)?.length === 0);
  return ofElements(
    Array.from({ length }, (_, index) => combine(lists.map((list) => list[list.length === 1 ? 0 : index] ?? 0))),
    isScalar,
  );
}

function multiply(left: Extent, right: Extent): Extent {
  if (typeof left === 'number' && typeof right === 'number') return left * right;
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (one === 1) return other;
    if (isRows(one) && other !== 0 && isPlainExtent(other)) return { perItem: product([one.perItem, other]) };
  }
  return unlike(left, right);
}

/** Whole numbers are cut and fractions are not; only what is the same for both is followed. */
function divide(left: Extent, right: Extent): Extent {
  if (typeof right !== 'number' || right <= 0) return unlike(left, right);
  if (typeof left === 'number' && left % right === 0) return left / right;
  const perItem = isRows(left) && typeof left.perItem === 'number' ? left.perItem / right : Number.NaN;
  return Number.isInteger(perItem) ? { perItem } : unlike(left, right);
}

function isEqual(left: Extent, right: Extent): Extent {
  if (isSameExtent(left, right)) return 1;
  if (typeof left === 'number' && typeof right === 'number') return 0;
  // Exporters compare with -1, which no extent is.
  const isOpen = (extent: Extent) => typeof extent === 'number' && extent < 0;
  if ((isRows(left) && isOpen(right)) || (isRows(right) && isOpen(left))) return 0;
  return unlike(left, right);
}

/** A result that is not followed; it depends on the number of items if one of its parts does. */
function unlike(...extents: readonly Extent[]): Extent {
  return extents.some(isCount) ? 'varying' : someNumber();
}
