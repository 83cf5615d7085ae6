import type { runtimeV1 } from '@deephealth/proto';
import { gridMismatch } from './compare-grid.js';
import type { Verdict } from './compare-numbers.js';
import { agrees, differs } from './finding-verdict.js';

export const DETECTION_BOUNDS = {
  /** Least intersection over union of a detection and the reference's. */
  iou: 0.95,
  score: 1e-3,
} as const;

/** Bounds per axis, first included, last excluded, in samples of the grid. */
export interface ExpectedDetection {
  readonly label: string;
  readonly score: number;
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/**
 * Every detection has one of the reference's, and the reverse; in any order. The grid says in which unit and
 * at which level the coordinates are: those of another level of a slide are the classic fault.
 */
export function compareDetections(
  actual: runtimeV1.Detections__Output,
  expected: readonly ExpectedDetection[],
  grid: runtimeV1.Grid,
): Verdict {
  const wrongGrid = gridMismatch(actual.grid, grid);
  if (wrongGrid !== undefined) return differs(wrongGrid);
  if (actual.items.length !== expected.length)
    return differs(`there are ${actual.items.length} detections, not ${expected.length}`);
  const pairs = actual.items
    .flatMap((item) =>
      expected.map((wanted) => ({ item, wanted, overlap: item.label === wanted.label ? iouOf(item, wanted) : 0 })),
    )
    .sort((a, b) => b.overlap - a.overlap);
  const matched = new Map<ExpectedDetection, runtimeV1.Detection__Output>();
  const used = new Set<runtimeV1.Detection__Output>();
  for (const { item, wanted, overlap } of pairs) {
    if (overlap < DETECTION_BOUNDS.iou || used.has(item) || matched.has(wanted)) continue;
    matched.set(wanted, item);
    used.add(item);
  }
  for (const [index, wanted] of expected.entries()) {
    const item = matched.get(wanted);
    if (item === undefined) return differs(`detection ${index} of the reference ("${wanted.label}") is not there`);
    const error = Math.abs(item.score - wanted.score);
    if (!(error <= DETECTION_BOUNDS.score))
      return differs(`the score of detection ${index} differs by ${error.toPrecision(3)}`);
  }
  return agrees(`${expected.length} detections matched`);
}

type Box = Pick<ExpectedDetection, 'lower' | 'upper'>;

/** Intersection over union of two boxes; 0 if they have other axes. */
export function iouOf(one: Box, other: Box): number {
  const axes = one.lower.length;
  if ([one.upper, other.lower, other.upper].some(({ length }) => length !== axes)) return 0;
  const volume = ({ lower, upper }: Box) =>
    lower.reduce((product, from, axis) => product * Math.max(0, (upper[axis] as number) - from), 1);
  const shared = volume({
    lower: one.lower.map((from, axis) => Math.max(from, other.lower[axis] as number)),
    upper: one.upper.map((to, axis) => Math.min(to, other.upper[axis] as number)),
  });
  const union = volume(one) + volume(other) - shared;
  return union === 0 ? 0 : shared / union;
}
