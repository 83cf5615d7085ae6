import { admitInput, type InputValue } from '../engine/input-value.js';
import { degreeOf } from '../fuzzy/degree-of.js';
import type { InputVariable, TermDefinition } from '../knowledge-base.js';
import { ROUNDING } from './check-interval-knowledge-base.js';
import type { IntervalIndeterminateReason } from './interval-evaluation.js';
import type { Interval } from './karnik-mendel.js';

/**
 * What an input is given as: a number in its unit; or, where its terms were judged already, the degree of each or
 * the two degrees between which it lies, such as the necessity and the possibility of a spatial relation.
 */
export type IntervalInputValue = number | { readonly degrees: Readonly<Record<string, number | Interval>> } | undefined;

export type IntervalInputValues = Readonly<Record<string, IntervalInputValue>>;

export type IntervalFault = {
  readonly reason: IntervalIndeterminateReason;
  readonly variable: string;
  readonly rule?: string;
};

export type AdmittedIntervalInput =
  | { readonly kind: 'value'; readonly value: number; readonly isClamped: boolean }
  | { readonly kind: 'degrees'; readonly degrees: Readonly<Record<string, number | Interval>> }
  | { readonly kind: 'fault'; readonly fault: IntervalFault };

/** Judges what an input is given as. @param outOfRange as in the options of the engine */
export function admitIntervalInput(
  input: InputVariable,
  given: IntervalInputValue,
  outOfRange: 'refuse' | 'extend',
): AdmittedIntervalInput {
  if (typeof given !== 'object' || given === null) return admitInput(input, given as InputValue, outOfRange);
  if (typeof given.degrees === 'object' && given.degrees !== null) return { kind: 'degrees', degrees: given.degrees };
  return { kind: 'fault', fault: { reason: 'not-a-number', variable: input.name } };
}

/** Between which degrees a number is a member of a term with these ends. */
export function membership(
  lower: TermDefinition,
  upper: TermDefinition,
  x: number,
  variable: string,
): Interval | IntervalFault {
  return ordered(degreeOf(lower, x), degreeOf(upper, x), variable);
}

/** The degrees that were given for a term. */
export function givenInterval(
  degrees: Readonly<Record<string, number | Interval>>,
  term: string,
  variable: string,
): Interval | IntervalFault {
  const given = Object.hasOwn(degrees, term) ? degrees[term] : undefined;
  if (given === undefined || given === null) return { reason: 'missing', variable };
  const ends = typeof given === 'number' ? [given, given] : given;
  if (!Array.isArray(ends) || ends.length !== 2) return { reason: 'not-a-number', variable };
  const [lower, upper] = ends as [unknown, unknown];
  if (typeof lower !== 'number' || typeof upper !== 'number') return { reason: 'not-a-number', variable };
  if (Number.isNaN(lower) || Number.isNaN(upper)) return { reason: 'not-a-number', variable };
  if (Math.min(lower, upper) < 0 || Math.max(lower, upper) > 1) return { reason: 'out-of-range', variable };
  return ordered(lower, upper, variable);
}

function ordered(lower: number, upper: number, variable: string): Interval | IntervalFault {
  if (lower <= upper) return [lower, upper];
  // Two shapes that meet may cross by the last digit.
  return lower <= upper + ROUNDING ? [upper, lower] : { reason: 'reversed-interval', variable };
}
