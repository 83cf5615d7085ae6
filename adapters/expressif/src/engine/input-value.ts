import type { InputVariable } from '../knowledge-base.js';
import type { IndeterminateReason } from './evaluation.js';

/**
 * What an input is given as: a number in its unit; or, where a model has judged the terms already, the degree to
 * which each holds, from 0 to 1; or why there is no value. A term that `degrees` does not name is missing.
 */
export type InputValue =
  | number
  | { readonly degrees: Readonly<Record<string, number>> }
  | { readonly absent: IndeterminateReason }
  | undefined;

export type InputValues = Readonly<Record<string, InputValue>>;

/** Why a degree or a value is not known. */
export type Fault = { readonly reason: IndeterminateReason; readonly variable: string; readonly rule?: string };

/** An input as the engine reads it. */
export type AdmittedInput =
  | { readonly kind: 'value'; readonly value: number; readonly isClamped: boolean }
  | { readonly kind: 'degrees'; readonly degrees: Readonly<Record<string, number>> }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** Judges what an input is given as. @param outOfRange as in the options of the engine */
export function admitInput(input: InputVariable, given: InputValue, outOfRange: 'refuse' | 'extend'): AdmittedInput {
  const { name, range, lockRange } = input;
  const [low, high] = range;
  const refuse = (reason: IndeterminateReason): AdmittedInput => ({ kind: 'fault', fault: { reason, variable: name } });
  if (given === undefined || given === null) return refuse('missing');
  if (typeof given === 'object') {
    if ('absent' in given) return refuse(given.absent);
    const { degrees } = given;
    return typeof degrees === 'object' && degrees !== null ? { kind: 'degrees', degrees } : refuse('not-a-number');
  }
  if (typeof given !== 'number' || Number.isNaN(given)) return refuse('not-a-number');
  if (given >= low && given <= high && Number.isFinite(given)) return { kind: 'value', value: given, isClamped: false };
  if (lockRange) return { kind: 'value', value: Math.min(high, Math.max(low, given)), isClamped: true };
  if (outOfRange === 'extend' && Number.isFinite(given)) return { kind: 'value', value: given, isClamped: false };
  return refuse('out-of-range');
}

/** The degree that was given for a term. */
export function givenDegree(degrees: Readonly<Record<string, number>>, term: string, variable: string): number | Fault {
  const degree = Object.hasOwn(degrees, term) ? degrees[term] : undefined;
  if (degree === undefined) return { reason: 'missing', variable };
  if (typeof degree !== 'number' || Number.isNaN(degree)) return { reason: 'not-a-number', variable };
  return degree >= 0 && degree <= 1 ? degree : { reason: 'out-of-range', variable };
}
