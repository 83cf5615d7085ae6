import { seededRandom } from '@deephealth/sdk';
import type { VariableAxis } from './variable-axis.js';

/** Values of every input, by name. */
export type SamplePoint = Readonly<Record<string, number>>;

/**
 * Points that fill a space of many inputs evenly: the additive recurrence by powers of the root of x^(d+1) = x + 1,
 * which carries the golden ratio over to d dimensions (Roberts, The unreasonable effectiveness of quasirandom
 * sequences, 2018), moved by a seed. Every second point takes the nearest corner of a term in each input, since that is
 * where degrees are highest and lowest.
 */
export function samplePoints(axes: readonly VariableAxis[], count: number, seed: number): SamplePoint[] {
  const random = seededRandom(seed);
  const shifts = axes.map(() => random());
  const root = rootFor(axes.length);
  return Array.from({ length: count }, (_, k) =>
    pointOf(axes, (axis, dimension) => {
      const share = ((shifts[dimension] as number) + (k + 1) / root ** (dimension + 1)) % 1;
      if (k % 2 === 0) return axis.low + share * (axis.high - axis.low);
      return axis.corners[Math.floor(share * axis.corners.length)] as number;
    }),
  );
}

export function pointOf(
  axes: readonly VariableAxis[],
  placeOn: (axis: VariableAxis, dimension: number) => number,
): SamplePoint {
  return Object.fromEntries(axes.map((axis, dimension) => [axis.variable.name, placeOn(axis, dimension)]));
}

/** All pairs of places of two inputs, the others in the middle of their ranges. */
export function gridPoints(
  axes: readonly VariableAxis[],
  chosen: readonly VariableAxis[],
  placesOf: (axis: VariableAxis) => readonly number[],
): SamplePoint[] {
  const middle = pointOf(axes, ({ low, high }) => (low + high) / 2);
  return chosen.reduce<SamplePoint[]>(
    (points, axis) =>
      points.flatMap((point) => placesOf(axis).map((value) => ({ ...point, [axis.variable.name]: value }))),
    [middle],
  );
}

/** At most so many of a list, spread evenly, its ends among them. */
export function thinned<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  if (most < 2) return items.slice(0, most);
  return Array.from({ length: most }, (_, k) => items[Math.round((k * (items.length - 1)) / (most - 1))] as T);
}

function rootFor(dimensions: number): number {
  let root = 2;
  for (let k = 0; k < 60; k += 1) root = (1 + root) ** (1 / (dimensions + 1));
  return root;
}
