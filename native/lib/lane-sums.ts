/**
 * The total of eight partial sums. Sums of this package run in one order: term i is added to partial
 * sum i mod 8, in index order, and the eight are added as `((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7))`.
 *
 * FP64 addition gives other bits in another order, so the order is part of the definition. This one is
 * what processors can keep up with, and its error grows more slowly than that of one running sum.
 */
export function totalOfLanes(lanes: Float64Array): number {
  const at = (lane: number) => lanes[lane] as number;
  return at(0) + at(4) + (at(2) + at(6)) + (at(1) + at(5) + (at(3) + at(7)));
}

/** The sum of `length` elements from `start`, in that order. */
export function laneSum(input: ArrayLike<number>, start: number, length: number): number {
  const lanes = new Float64Array(8);
  for (let i = 0; i < length; i++) lanes[i & 7] = (lanes[i & 7] as number) + (input[start + i] as number);
  return totalOfLanes(lanes);
}

/** The sum of the squared differences from `mean`, in that order. */
export function laneSquares(input: ArrayLike<number>, start: number, length: number, mean: number): number {
  const lanes = new Float64Array(8);
  for (let i = 0; i < length; i++) {
    const difference = (input[start + i] as number) - mean;
    lanes[i & 7] = (lanes[i & 7] as number) + difference * difference;
  }
  return totalOfLanes(lanes);
}
