import type { MaskGrid, Vector } from './mask-grid.js';
import { indexOf, type Support } from './mask-support.js';

/** Samples of a reference as runs along one axis of the grid: neighbours in a line, of one degree. */
export type ReferenceRuns = {
  /** Three coordinates for each run, in millimetres: its first sample. */
  readonly starts: Float64Array;
  /** How many samples each run has. */
  readonly counts: Int32Array;
  readonly degrees: Float64Array;
  readonly axis: 0 | 1 | 2;
  /** Distance of neighbours in a run. */
  readonly stepMm: number;
};

/**
 * What has to be tried of a reference to find the smallest angle between a direction and the way to any place.
 *
 * - Along an axis of the grid: of each line of samples the hindmost alone, since a place seen from further behind lies
 *   at a smaller angle; in a fuzzy mask also those further ahead with a higher degree.
 * - In another direction of a binary mask: whole runs. The ways from a line to a place turn through half a circle, on
 *   which the angle to the direction has one extremum, so that the best of a run is at an end or on either side of it.
 * - In another direction of a fuzzy mask: each sample.
 *
 * The samples on the surface would not do: in an oblique direction the smallest angle may be that of one inside.
 */
export function runsOf(reference: Support, grid: MaskGrid, direction: Vector): ReferenceRuns {
  const lengths = direction.map(Math.abs);
  const axis = lengths.indexOf(Math.max(...lengths)) as 0 | 1 | 2;
  const isAlongAxis = lengths[axis] === 1;
  const isBinary = reference.degrees.every((degree) => degree === 1);
  const runs: (readonly [first: number, count: number])[] = [];
  for (const line of linesOf(reference, grid, axis)) {
    if (isAlongAxis) {
      // Samples ascend along every line; the search starts behind.
      if ((direction[axis] as number) < 0) line.reverse();
      runs.push(...rising(line, reference.degrees));
    } else runs.push(...(isBinary ? unbroken(line, reference, grid, axis) : line.map((i) => [i, 1] as const)));
  }
  const steps = [0, 1, 2].map((one) => grid.spacingMm.at(one - 3) ?? 1);
  const placeOf = (i: number): number => reference.places[i] as number;
  return {
    starts: Float64Array.from(
      runs.flatMap(([first]) => indexOf(placeOf(first), grid.size).map((index, one) => index * (steps[one] as number))),
    ),
    counts: Int32Array.from(runs, ([, count]) => count),
    degrees: Float64Array.from(runs, ([first]) => reference.degrees[first] as number),
    axis,
    stepMm: steps[axis] as number,
  };
}

/** Numbers of the samples by the lines along an axis that they lie in, ascending. */
function linesOf({ places }: Support, { size }: MaskGrid, axis: 0 | 1 | 2): Iterable<number[]> {
  const lines = new Map<number, number[]>();
  const stride = strideOf(size, axis);
  for (let i = 0; i < places.length; i += 1) {
    const place = places[i] as number;
    const line = place - stride * indexOf(place, size)[axis];
    const known = lines.get(line);
    if (known === undefined) lines.set(line, [i]);
    else known.push(i);
  }
  return lines.values();
}

function strideOf(size: readonly number[], axis: 0 | 1 | 2): number {
  const [height, width] = [size.at(-2) as number, size.at(-1) as number];
  return [height * width, width, 1][axis] as number;
}

/** Those that no sample behind them outdoes, each by itself. */
function* rising(line: readonly number[], degrees: Float64Array): Generator<readonly [number, number]> {
  let highest = 0;
  for (const i of line) {
    const degree = degrees[i] as number;
    if (degree <= highest) continue;
    highest = degree;
    yield [i, 1];
  }
}

function* unbroken(
  line: readonly number[],
  { places }: Support,
  { size }: MaskGrid,
  axis: 0 | 1 | 2,
): Generator<readonly [number, number]> {
  const stride = strideOf(size, axis);
  let first = 0;
  for (let at = 1; at <= line.length; at += 1) {
    const [previous, next] = [places[line[at - 1] as number] as number, places[line[at] as number]];
    if (next === previous + stride) continue;
    yield [line[first] as number, at - first];
    first = at;
  }
}
