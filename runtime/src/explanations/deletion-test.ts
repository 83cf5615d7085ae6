import { type DeletionSpec, seededRandom } from '@deephealth/sdk';
import { type CoveredLayout, cover, eachSample, type Region } from './covered-layout.js';

/** What areas under scores of FP32 graphs may differ by without meaning anything. */
const NOISE = 1e-6;

/** A change of one copy of the prepared input, in place. */
export type Change = (values: Float32Array) => void;

/** What the deletion test found; fields as in `deephealth.runtime.v1.DeletionTest`. */
export interface DeletionResult {
  readonly faithfulness: number;
  readonly area: number;
  readonly randomArea: number;
  readonly lowestRandomArea: number;
  readonly isBetterThanRandom: boolean;
  readonly randomOrders: number;
  readonly seed: number;
  readonly covered: number[];
  readonly scores: number[];
  readonly randomScores: number[];
}

/** Points of a curve beyond the first: each has at least one cell more than the one before. */
export function curveSteps(cells: number, { steps }: DeletionSpec): number {
  return Math.min(steps, cells);
}

/** Runs that the test takes: the last point, with everything covered, is the same for all orders. */
export function deletionRuns(cells: number, spec: DeletionSpec): number {
  return (curveSteps(cells, spec) - 1) * (1 + spec.randomOrders) + 1;
}

/**
 * The deletion metric of Petsiuk, Das and Saenko (RISE, 2018), with whole regions instead of pixels, and
 * against random orders of the same regions: single pixels at random spoil an input more than any map's
 * regions do, and the comparison would say nothing.
 *
 * Yields changes, each for a copy of the prepared input, and is to be given the score of each.
 *
 * @param map one value a sample; a region counts by its mean
 * @param score of the input as it is
 */
export function* deletionTest(
  map: ArrayLike<number>,
  cells: readonly Region[],
  layout: CoveredLayout,
  baseline: ArrayLike<number>,
  score: number,
  spec: DeletionSpec,
): Generator<Change[], DeletionResult, Float64Array> {
  const steps = curveSteps(cells.length, spec);
  const counts = Array.from({ length: steps + 1 }, (_, k) => Math.round((k * cells.length) / steps));
  const orders = [orderOf(map, cells, layout), ...randomOrders(cells.length, spec)];
  const changes: Change[] = [];
  const coverCells = (order: readonly number[], count: number): Change => {
    return (values) => {
      for (const cell of order.slice(0, count)) cover(values, layout, cells[cell] as Region, baseline);
    };
  };
  for (const order of orders) {
    for (const count of counts.slice(1, -1)) changes.push(coverCells(order, count));
  }
  changes.push(coverCells(orders[0] as number[], cells.length));
  const given = yield changes;
  const covered = counts.map((count) => count / cells.length);
  const curves = orders.map((_, index) => [
    score,
    ...given.slice(index * (steps - 1), (index + 1) * (steps - 1)),
    given.at(-1) as number,
  ]);
  const [own, ...random] = curves as [number[], ...number[][]];
  const area = areaUnder(covered, own);
  const areas = random.map((curve) => areaUnder(covered, curve));
  const randomArea = mean(areas);
  const lowestRandomArea = Math.min(...areas);
  return {
    faithfulness: randomArea - area,
    area,
    randomArea,
    lowestRandomArea,
    isBetterThanRandom: area < lowestRandomArea - NOISE,
    randomOrders: spec.randomOrders,
    seed: spec.seed,
    covered,
    scores: own,
    randomScores: covered.map((_, point) => mean(random.map((curve) => curve[point] as number))),
  };
}

/** Cells by the mean of the map in them, the largest first; of equals the first in reading order. */
function orderOf(map: ArrayLike<number>, cells: readonly Region[], layout: CoveredLayout): number[] {
  const values = cells.map((cell) => {
    let [sum, count] = [0, 0];
    eachSample(layout, cell, (index) => {
      sum += map[index] as number;
      count += 1;
    });
    return sum / count;
  });
  return cells.map((_, cell) => cell).sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
}

/** Shuffles of Fisher and Yates. */
function randomOrders(cells: number, { randomOrders: orders, seed }: DeletionSpec): number[][] {
  const random = seededRandom(seed);
  return Array.from({ length: orders }, () => {
    const order = Array.from({ length: cells }, (_, cell) => cell);
    for (let i = cells - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [order[i], order[j]] = [order[j] as number, order[i] as number];
    }
    return order;
  });
}

/** Trapezoids. */
function areaUnder(places: readonly number[], values: readonly number[]): number {
  let area = 0;
  for (let i = 1; i < places.length; i++) {
    const width = (places[i] as number) - (places[i - 1] as number);
    area += (width * ((values[i] as number) + (values[i - 1] as number))) / 2;
  }
  return area;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
