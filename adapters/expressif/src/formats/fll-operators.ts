import type { Activation, Comparison, Defuzzifier, IntegralDefuzzifierName } from '../knowledge-base.js';
import { malformed, type Position } from '../rule-errors.js';
import { parseNumber } from './parse-number.js';

const INTEGRAL: readonly IntegralDefuzzifierName[] = [
  'Centroid',
  'Bisector',
  'SmallestOfMaximum',
  'LargestOfMaximum',
  'MeanOfMaximum',
];
const WEIGHTED = ['WeightedAverage', 'WeightedSum'] as const;
const METHODS = ['Automatic', 'TakagiSugeno', 'Tsukamoto', 'InverseTsukamoto'] as const;
const COMPARISONS: readonly Comparison[] = ['<', '<=', '==', '!=', '>=', '>'];

/** The highest number of samples that a file may ask for: each is computed for every evaluation. */
const MAX_RESOLUTION = 1_000_000;

const oneOf = <T extends string>(known: readonly T[], word: string | undefined): T | undefined =>
  known.find((name) => name === word);

/** Reads `Centroid 1000` or `WeightedAverage TakagiSugeno`. @throws DH_RULES_MALFORMED */
export function parseDefuzzifier(text: string, at: Position): Defuzzifier | undefined {
  if (text === 'none') return undefined;
  const [word, argument, ...rest] = text.split(/\s+/);
  const integral = oneOf(INTEGRAL, word);
  const weighted = oneOf(WEIGHTED, word);
  if (rest.length > 0 || (integral ?? weighted) === undefined) {
    throw malformed(`expected one of ${[...INTEGRAL, ...WEIGHTED].join(', ')} or none, got "${text}"`, at);
  }
  if (integral !== undefined) {
    return {
      kind: 'integral',
      name: integral,
      resolution: argument === undefined ? 100 : toCount(argument, at, MAX_RESOLUTION),
    };
  }
  const method = argument === undefined ? 'Automatic' : oneOf(METHODS, argument);
  if (method === undefined) throw malformed(`expected one of ${METHODS.join(', ')}, got "${argument}"`, at);
  return { kind: 'weighted', name: weighted as (typeof WEIGHTED)[number], method };
}

/** Reads `General`, `First 2 0.1`, `Highest 3`, `Threshold >= 0.5` and their kind. @throws DH_RULES_MALFORMED */
export function parseActivation(text: string, at: Position): Activation {
  const [name, first, second, ...rest] = text.split(/\s+/);
  const none = first === undefined;
  if (rest.length === 0) {
    if ((name === 'General' || name === 'Proportional' || name === 'none' || name === '') && none) {
      return { name: name === 'Proportional' ? name : 'General' };
    }
    if (name === 'First' || name === 'Last') {
      return {
        name,
        count: none ? 1 : toCount(first, at),
        threshold: second === undefined ? 0 : parseNumber(second, at),
      };
    }
    if ((name === 'Highest' || name === 'Lowest') && second === undefined) {
      return { name, count: none ? 1 : toCount(first, at) };
    }
    const comparison = oneOf(COMPARISONS, first);
    if (name === 'Threshold' && comparison !== undefined && second !== undefined) {
      return { name, comparison, threshold: parseNumber(second, at) };
    }
  }
  throw malformed(
    `expected General, Proportional, First n threshold, Last n threshold, Highest n, Lowest n or Threshold comparison value, got "${text}"`,
    at,
  );
}

function toCount(text: string, at: Position, limit = Number.MAX_SAFE_INTEGER): number {
  const count = parseNumber(text, at);
  if (!Number.isInteger(count) || count < 1 || count > limit) {
    throw malformed(`expected a whole number from 1 to ${limit}, got "${text}"`, at);
  }
  return count;
}
