import type { InferredShape } from './inferred-shape.js';

/**
 * Shape after Reshape to `target`: 0 keeps the extent at the same place, -1 takes what is left, which is
 * only known where everything else is. Undefined if the target is not a constant.
 */
export function reshaped(
  given: InferredShape | undefined,
  target: readonly number[] | undefined,
): InferredShape | undefined {
  if (target === undefined) return undefined;
  const kept = target.map((extent, axis) => (extent === 0 ? given?.[axis] : extent === -1 ? undefined : extent));
  const open = target.indexOf(-1);
  if (open === -1 || given === undefined) return kept;
  const rest = kept.filter((_, axis) => axis !== open);
  // Names and numbers that stand on both sides cancel out: [batch, 4, 4] to [-1, 16] leaves the batch.
  const names = given.filter((extent) => typeof extent !== 'number');
  const restNames = rest.filter((extent) => typeof extent !== 'number');
  const numbers = product(given) / product(rest);
  if (restNames.length === 0 && names.length === 1 && numbers === 1) kept[open] = names[0];
  else if (isSameList(names, restNames) && Number.isInteger(numbers)) kept[open] = numbers;
  return kept;
}

function product(shape: InferredShape): number {
  return shape.reduce<number>((total, extent) => (typeof extent === 'number' ? total * extent : total), 1);
}

function isSameList(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((entry, index) => entry !== undefined && entry === right[index]);
}
