import type { SNorm, TNorm } from '../fuzzy/norms.js';
import type { Defuzzifier, IntegralDefuzzifierName } from '../knowledge-base.js';

/**
 * Whose form of the Fuzzy Control Language a text has: `iec` is IEC 61131-7 alone, `jfuzzylogic` needs what
 * jFuzzyLogic adds to it, `fuzzylite` is the form that fuzzylite writes and reads.
 */
export type FclDialect = 'iec' | 'jfuzzylogic' | 'fuzzylite';

type Operators<Name extends string> = Readonly<Record<string, readonly [Name, FclDialect]>>;

/** What stands after AND, by the norm; `iec` names are those that all three know. */
export const FCL_AND: Operators<TNorm> = {
  MIN: ['Minimum', 'iec'],
  PROD: ['AlgebraicProduct', 'iec'],
  BDIF: ['BoundedDifference', 'iec'],
  DMIN: ['DrasticProduct', 'jfuzzylogic'],
  NIPMIN: ['NilpotentMinimum', 'jfuzzylogic'],
  HAMACHER: ['HamacherProduct', 'jfuzzylogic'],
  DPROD: ['DrasticProduct', 'fuzzylite'],
  NMIN: ['NilpotentMinimum', 'fuzzylite'],
  HPROD: ['HamacherProduct', 'fuzzylite'],
  EPROD: ['EinsteinProduct', 'fuzzylite'],
};

export const FCL_OR: Operators<SNorm> = {
  MAX: ['Maximum', 'iec'],
  ASUM: ['AlgebraicSum', 'iec'],
  BSUM: ['BoundedSum', 'iec'],
  DMAX: ['DrasticSum', 'jfuzzylogic'],
  NIPMAX: ['NilpotentMaximum', 'jfuzzylogic'],
  EINSTEIN: ['EinsteinSum', 'jfuzzylogic'],
  DSUM: ['DrasticSum', 'fuzzylite'],
  NMAX: ['NilpotentMaximum', 'fuzzylite'],
  ESUM: ['EinsteinSum', 'fuzzylite'],
  HSUM: ['HamacherSum', 'fuzzylite'],
  NSUM: ['NormalizedSum', 'fuzzylite'],
  UNBOUNDEDSUM: ['UnboundedSum', 'fuzzylite'],
};

/** What stands after ACT: fuzzylite takes every name that it takes after AND. */
export const FCL_ACT: Operators<TNorm> = {
  MIN: ['Minimum', 'iec'],
  PROD: ['AlgebraicProduct', 'iec'],
  BDIF: ['BoundedDifference', 'fuzzylite'],
  ...Object.fromEntries(Object.entries(FCL_AND).filter(([, [, dialect]]) => dialect === 'fuzzylite')),
};

export const FCL_ACCU: Operators<SNorm> = {
  MAX: ['Maximum', 'iec'],
  BSUM: ['BoundedSum', 'iec'],
  NSUM: ['NormalizedSum', 'iec'],
  PROBOR: ['AlgebraicSum', 'jfuzzylogic'],
  SUM: ['UnboundedSum', 'jfuzzylogic'],
  ASUM: ['AlgebraicSum', 'fuzzylite'],
  ...Object.fromEntries(
    Object.entries(FCL_OR).filter(([word, [, dialect]]) => dialect === 'fuzzylite' && word !== 'NSUM'),
  ),
};

/**
 * The norms that belong together. IEC 61131-7 demands pairs for de Morgan's law, and jFuzzyLogic puts the partner
 * of whichever stands last in the place of the other.
 */
export const FCL_PAIRS: readonly (readonly [TNorm, SNorm])[] = [
  ['Minimum', 'Maximum'],
  ['AlgebraicProduct', 'AlgebraicSum'],
  ['BoundedDifference', 'BoundedSum'],
  ['DrasticProduct', 'DrasticSum'],
  ['NilpotentMinimum', 'NilpotentMaximum'],
  // Not dual, and yet paired so by jFuzzyLogic.
  ['HamacherProduct', 'EinsteinSum'],
];

export const FCL_METHODS: Readonly<Record<string, IntegralDefuzzifierName>> = {
  COG: 'Centroid',
  COA: 'Bisector',
  LM: 'SmallestOfMaximum',
  RM: 'LargestOfMaximum',
  MM: 'MeanOfMaximum',
};

/** How a dialect names an operator; undefined where it has no name for it. */
export function fclNameOf<Name extends string>(
  operators: Operators<Name>,
  name: Name,
  dialect: 'iec' | 'fuzzylite',
): string | undefined {
  const entries = Object.entries(operators).filter(([, [norm]]) => norm === name);
  const find = (wanted: FclDialect): string | undefined => entries.find(([, [, one]]) => one === wanted)?.[0];
  // The form that follows IEC may add what jFuzzyLogic adds.
  const word = find('iec') ?? find(dialect === 'iec' ? 'jfuzzylogic' : 'fuzzylite');
  return word === 'UNBOUNDEDSUM' ? 'UnboundedSum' : word;
}

export type WeightedName = Extract<Defuzzifier, { kind: 'weighted' }>['name'];
