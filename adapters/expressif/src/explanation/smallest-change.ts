import type { InputVariable } from '../knowledge-base.js';
import type { SearchedValues } from './contrast.js';
import { termCorners } from './term-corners.js';

/** Into how many steps a range is cut. */
const CELLS = 200;

/** How often a change that was found is searched for a smaller one. */
const MAX_REFINEMENTS = 6;

export type SmallestChange = {
  readonly searched: SearchedValues;
  /** Absent where no value does it. */
  readonly to?: number;
};

/**
 * The value nearest to `from` at which something holds: outward along the corners of the terms and an even grid,
 * then by bisection, and last on the round number next to that place.
 *
 * @param from the present value, at which it does not hold
 * @param holds evaluates a value of the input
 * @param choices the only values that the input can take
 */
export function smallestChange(
  input: InputVariable,
  from: number,
  holds: (value: number) => boolean,
  choices?: readonly number[],
): SmallestChange {
  if (choices !== undefined) return nearestChoice(input, from, holds, choices);
  const corners = input.terms.flatMap(({ definition }) => termCorners(definition));
  const [low, high] = searchedRange(input.range, [...corners, from]);
  const width = high - low;
  const searched = { kind: 'range', low, high, grid: width / CELLS, resolution: stepFor(width) } as const;
  const places = [
    ...new Set([low, high, ...corners, ...Array.from({ length: CELLS }, (_, i) => low + (i * width) / CELLS)]),
  ]
    .filter((place) => place >= low && place <= high && place !== from)
    .sort((a, b) => a - b);
  const up = outward(
    places.filter((place) => place > from),
    from,
    searched,
    holds,
  );
  const nearer = places.filter((place) => place < from && (up === undefined || from - place < up - from));
  const down = outward(nearer.reverse(), from, searched, holds);
  const isDown = down !== undefined && (up === undefined || from - down < up - from);
  const to = isDown ? down : up;
  return to === undefined ? { searched } : { searched, to };
}

function nearestChoice(
  { range: [low, high] }: InputVariable,
  from: number,
  holds: (value: number) => boolean,
  choices: readonly number[],
): SmallestChange {
  const values = choices
    .filter((value) => Number.isFinite(value) && value >= low && value <= high && value !== from)
    .sort((a, b) => Math.abs(a - from) - Math.abs(b - from));
  const to = values.find(holds);
  const searched = { kind: 'values', values: values.toSorted((a, b) => a - b) } as const;
  return to === undefined ? { searched } : { searched, to };
}

/** A range without an end is searched as far beyond its corners as these are apart. */
function searchedRange([low, high]: readonly [number, number], places: readonly number[]): [number, number] {
  const first = Math.min(...places);
  const last = Math.max(...places);
  const span = last - first || Math.max(1, Math.abs(first));
  return [Number.isFinite(low) ? low : first - span, Number.isFinite(high) ? high : last + span];
}

/** The power of ten nearest to a thousandth of the width. */
const stepFor = (width: number): number => (width > 0 ? Number(`1e${Math.round(Math.log10(width)) - 3}`) : 0);

type Range = Extract<SearchedValues, { kind: 'range' }>;

/** @param places ever farther away */
function outward(
  places: readonly number[],
  from: number,
  range: Range,
  holds: (value: number) => boolean,
): number | undefined {
  const index = places.findIndex(holds);
  const found = places[index];
  if (found === undefined) return undefined;
  // A present value outside the range is no place to search from: the end of the range is.
  const start = from >= range.low && from <= range.high ? from : (places[0] as number);
  let to = narrow(places[index - 1] ?? start, found, range, holds);
  for (let round = 0; round < MAX_REFINEMENTS; round += 1) {
    const nearer = between(start, to, range.resolution).find(holds);
    if (nearer === undefined) break;
    to = narrow(start, nearer, range, holds);
  }
  return to;
}

/** Places on the way to `to`, the nearest first; those closer to it than the resolution are left out. */
function between(from: number, to: number, resolution: number): number[] {
  return Array.from({ length: 15 }, (_, i) => from + ((to - from) * (i + 1)) / 16).filter(
    (place) => Math.abs(to - place) > resolution,
  );
}

/** @param outside where it does not hold @param inside where it does */
function narrow(outside: number, inside: number, range: Range, holds: (value: number) => boolean): number {
  let [far, near] = [outside, inside];
  while (Math.abs(near - far) > range.resolution / 8) {
    const middle = (far + near) / 2;
    if (middle === far || middle === near) break;
    if (holds(middle)) near = middle;
    else far = middle;
  }
  return roundAway(near, outside, range, holds) ?? near;
}

/** The first round number from `place` on, away from `outside`, if it holds there. */
function roundAway(
  place: number,
  outside: number,
  { low, high, resolution }: Range,
  holds: (value: number) => boolean,
): number | undefined {
  if (place === outside || resolution === 0) return undefined;
  const isUp = place > outside;
  // Rounding may make a step of what is none.
  const first = isUp ? Math.ceil(place / resolution - 1e-6) : Math.floor(place / resolution + 1e-6);
  const decimals = Math.min(100, Math.max(0, -Math.round(Math.log10(resolution))));
  const rounded = (steps: number): number => Number((steps * resolution).toFixed(decimals));
  const isBeyond = (value: number): boolean => (isUp ? value > outside : value < outside);
  return [rounded(isUp ? first - 1 : first + 1), rounded(first)].find(
    (value) => isBeyond(value) && value >= low && value <= high && holds(value),
  );
}
