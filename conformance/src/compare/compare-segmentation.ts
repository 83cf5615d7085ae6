import type { runtimeV1 } from '@deephealth/proto';
import { fromContractDataType, tensorValues } from '@deephealth/sdk';
import type { ExpectedMask } from '../oracle/expected-finding.js';
import { stridesOf } from '../oracle/value.js';
import { gridMismatch } from './compare-grid.js';
import type { NumericClass, Verdict } from './compare-numbers.js';
import { agrees, differs } from './finding-verdict.js';

export const SEGMENTATION_BOUNDS = {
  /** Least Dice coefficient of each class, where values were computed. */
  dice: 0.999,
} as const;

/** Grid first: a perfect mask on a wrong one is wrong. Then labels, equal where the model only moves values. */
export function compareSegmentation(
  actual: runtimeV1.Mask__Output,
  expected: ExpectedMask,
  numericClass: NumericClass,
): Verdict {
  const wrongGrid = gridMismatch(actual.grid, expected.grid);
  if (wrongGrid !== undefined) return differs(wrongGrid);
  const { labels: tensor } = actual;
  const dataType = fromContractDataType(tensor?.dataType);
  if (tensor === null || (dataType !== 'UINT8' && dataType !== 'UINT16'))
    return differs('the labels are no UINT8 or UINT16');
  if (tensor.shape.map(Number).join() !== expected.shape.join()) {
    return differs(`the labels have the shape [${tensor.shape}], not [${expected.shape}]`);
  }
  for (const { label, value } of expected.classes) {
    const given = actual.classes.find((one) => one.label === label)?.value;
    if (given !== value) return differs(`"${label}" has the value ${given ?? 'none'}, not ${value}`);
  }
  const wrongExtent = extentMismatch(actual.classes, expected);
  if (wrongExtent !== undefined) return differs(wrongExtent);
  const labels = tensorValues({ dataType, shape: expected.shape, data: tensor.data }).map(Number);
  const changed = labels.flatMap((label, index) => (label === expected.labels[index] ? [] : [index]));
  if (changed.length === 0) return agrees(`${labels.length} samples equal, on the grid of the input`);
  if (numericClass === 'exact') return differs(`${changed.length} samples differ, the first at ${changed[0]}`);
  for (const { label, value } of expected.classes) {
    const dice = diceOf(labels, expected.labels, value);
    if (dice < SEGMENTATION_BOUNDS.dice) return differs(`the Dice coefficient of "${label}" is ${dice.toFixed(4)}`);
  }
  const stray = changed.find((index) => !isAtBoundary(expected, index));
  return stray === undefined
    ? agrees(`${changed.length} samples at a boundary differ`)
    : differs(`sample ${stray} differs, away from any boundary`);
}

/** An extent may be left out; one that is given is that of the reference, within what changed samples may make of it. */
function extentMismatch(
  classes: readonly runtimeV1.MaskClass__Output[],
  { labels, grid }: Pick<ExpectedMask, 'labels' | 'grid'>,
): string | undefined {
  const isPhysical = grid.unit === 'LENGTH_UNIT_MILLIMETRE';
  const sample = (grid.spacing ?? []).reduce<number>((product, distance) => product * Number(distance), 1);
  const unit = grid.size?.length === 3 ? 'mm3' : 'mm2';
  for (const { label, value, extent } of classes) {
    if (extent === null) continue;
    if (!isPhysical) return `"${label}" has an extent on a grid without spacing`;
    if (extent.unit !== unit) return `the extent of "${label}" is in "${extent.unit}", not in "${unit}"`;
    const expected = labels.filter((one) => one === value).length * sample;
    const allowed = Math.max(sample / 2, expected * (1 - SEGMENTATION_BOUNDS.dice));
    if (!(Math.abs(extent.value - expected) <= allowed))
      return `the extent of "${label}" is ${extent.value}, not ${expected} ${unit}`;
  }
  return undefined;
}

/** 1 for two empty masks, 0 for an empty and another one. */
export function diceOf(one: ArrayLike<number>, other: ArrayLike<number>, value: number): number {
  let [both, sum] = [0, 0];
  for (let i = 0; i < one.length; i++) {
    const [a, b] = [one[i] === value ? 1 : 0, other[i] === value ? 1 : 0];
    both += a * b;
    sum += a + b;
  }
  return sum === 0 ? 1 : (2 * both) / sum;
}

/** True if a neighbour of the sample, diagonals included, has another label than it in the reference. */
export function isAtBoundary({ labels, shape }: Pick<ExpectedMask, 'labels' | 'shape'>, index: number): boolean {
  return neighbours(shape, index).some((neighbour) => labels[neighbour] !== labels[index]);
}

function neighbours(shape: readonly number[], index: number): number[] {
  const strides = stridesOf(shape);
  return shape.reduce<number[]>(
    (found, extent, axis) => {
      const stride = strides[axis] as number;
      const place = Math.floor(index / stride) % extent;
      return found.flatMap((at) => [
        at,
        ...(place > 0 ? [at - stride] : []),
        ...(place + 1 < extent ? [at + stride] : []),
      ]);
    },
    [index],
  );
}

/**
 * Hausdorff distance of the samples of one label, in the unit of the spacing: how far the farthest of them
 * lies from the nearest one of the other mask. 0 for two empty masks, Infinity for an empty and another one.
 */
export function hausdorffDistance(
  one: ArrayLike<number>,
  other: ArrayLike<number>,
  value: number,
  shape: readonly number[],
  spacing: readonly number[],
): number {
  const strides = stridesOf(shape);
  const pointsOf = (labels: ArrayLike<number>) =>
    Array.from({ length: labels.length }, (_, i) => i)
      .filter((i) => labels[i] === value)
      .map((i) =>
        shape.map((extent, axis) => (Math.floor(i / (strides[axis] as number)) % extent) * (spacing[axis] as number)),
      );
  const [a, b] = [pointsOf(one), pointsOf(other)];
  if (a.length === 0 && b.length === 0) return 0;
  if (a.length === 0 || b.length === 0) return Number.POSITIVE_INFINITY;
  const farthest = (from: number[][], to: number[][]) =>
    from.reduce(
      (most, p) =>
        Math.max(
          most,
          to.reduce((least, q) => Math.min(least, distance(p, q)), Infinity),
        ),
      0,
    );
  return Math.max(farthest(a, b), farthest(b, a));
}

function distance(p: readonly number[], q: readonly number[]): number {
  return Math.hypot(...p.map((x, axis) => x - (q[axis] as number)));
}
