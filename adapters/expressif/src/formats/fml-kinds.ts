import type { OutputVariable } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import { fmlNameOf } from './fml-names.js';
import { isMonotoneInFml } from './fml-write-terms.js';
import type { FormatNotes } from './format-notes.js';

/** The kinds of rule bases that the standard has and that are written here, by what their rules conclude. */
export type FmlKind = 'mamdani' | 'tsk' | 'tsukamoto';

/** @throws DH_RULES_INCONSISTENT where the standard has no such variable */
export function fmlKindOf({ name, terms, defuzzifier }: OutputVariable): FmlKind {
  if (defuzzifier?.kind !== 'weighted') return 'mamdani';
  if (defuzzifier.name !== 'WeightedAverage')
    throw inconsistent(`FML cannot say that "${name}" is a weighted sum, only an average`);
  if (defuzzifier.isGrouped === true) throw inconsistent(`FML cannot say that "${name}" accumulates singletons`);
  const { method } = defuzzifier;
  const isValues = terms.every(({ definition: { kind } }) => kind === 'constant' || kind === 'linear');
  if (isValues && (method === 'Automatic' || method === 'TakagiSugeno')) return 'tsk';
  if (terms.every(isMonotoneInFml) && (method === 'Automatic' || method === 'Tsukamoto')) return 'tsukamoto';
  throw inconsistent(`FML cannot say the terms of "${name}" with the method ${method}`);
}

/** A norm by the standard's name. @throws DH_RULES_INCONSISTENT where it has none */
export function writeNorm<Name extends string>(
  names: Readonly<Record<string, Name>>,
  norm: Name,
  where: string,
  notes: FormatNotes,
): string {
  const word = fmlNameOf(names, norm);
  if (word === undefined) throw inconsistent(`FML cannot say ${norm}, which ${where} names`);
  if (norm === 'BoundedDifference' || norm === 'DrasticProduct') {
    notes.add(`${norm} is called ${word}, as the schema has it; JFML knows it by another name and takes the minimum.`);
  }
  return word;
}
