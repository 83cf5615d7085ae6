import type { SNorm } from '../fuzzy/norms.js';
import type { Defuzzifier, InputVariable, OutputVariable, Rule } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import { FCL_METHODS, type FclDialect } from './fcl-operators.js';
import { isGroupingNeeded } from './fcl-singletons.js';
import type { FclSection } from './fcl-syntax.js';
import type { FormatNotes } from './format-notes.js';
import { cornersOf } from './term-corners.js';

/** The rules that conclude an output, and the accumulations that their blocks name. */
export type FclConcluded = { readonly rules: readonly Rule[]; readonly accumulations: ReadonlySet<SNorm | undefined> };

type Reading = { readonly dialect: FclDialect; readonly resolution: number; readonly notes: FormatNotes };

/** Makes an output of what DEFUZZIFY says and of the rules that conclude it. @throws DH_RULES_INCONSISTENT */
export function readFclOutput(
  variable: InputVariable,
  section: FclSection | undefined,
  concluded: FclConcluded,
  reading: Reading,
): OutputVariable {
  const { name } = variable;
  const accumulation = section?.accumulation ?? accumulationOf(name, concluded);
  const fallback = section?.default;
  if (section !== undefined && fallback === undefined && !section.lockPrevious) {
    const other = reading.dialect === 'fuzzylite' ? '' : ', and jFuzzyLogic keeps the last value';
    reading.notes.add(`No default is named for "${name}": it is indeterminate where no rule fires${other}.`);
  }
  const defuzzifier = section && toDefuzzifier(section, variable, accumulation, concluded, reading);
  const isBare = defuzzifier?.kind === 'weighted' && defuzzifier.isGrouped !== true && reading.dialect !== 'fuzzylite';
  return {
    ...variable,
    range: defuzzifier?.kind === 'integral' ? universeOf(variable, reading.notes) : variable.range,
    aggregation: isBare ? undefined : accumulation,
    defuzzifier,
    default: fallback ?? Number.NaN,
    lockPrevious: section?.lockPrevious ?? false,
  };
}

function accumulationOf(output: string, { accumulations }: FclConcluded): SNorm | undefined {
  if (accumulations.size > 1) {
    throw inconsistent(`The rule blocks that conclude "${output}" name different accumulations (ACCU)`);
  }
  return [...accumulations][0];
}

function toDefuzzifier(
  { method }: FclSection,
  { name, terms }: InputVariable,
  accumulation: SNorm | undefined,
  { rules }: FclConcluded,
  { dialect, resolution, notes }: Reading,
): Defuzzifier | undefined {
  if (method === undefined) {
    if (rules.length > 0) throw inconsistent(`The output "${name}" names no METHOD`);
    return undefined;
  }
  const integral = FCL_METHODS[method];
  if (integral !== undefined) {
    if (accumulation === undefined && rules.length > 0) {
      throw inconsistent(
        `No accumulation (ACCU) is named for "${name}": jFuzzyLogic would sum, the standard demands it`,
      );
    }
    notes.add(`The range of "${name}" is cut into ${resolution} steps, which the text does not say.`);
    return { kind: 'integral', name: integral, resolution };
  }
  if (dialect === 'fuzzylite') {
    return { kind: 'weighted', name: method === 'COGSS' ? 'WeightedSum' : 'WeightedAverage', method: 'Automatic' };
  }
  const other = terms.find(({ definition: { kind } }) => !['constant', 'linear', 'function'].includes(kind));
  if (other !== undefined) {
    throw inconsistent(`The term "${other.name}" of "${name}" is no singleton, which ${method} asks for`);
  }
  const isGrouped = isGroupingNeeded(name, terms, rules, accumulation);
  return { kind: 'weighted', name: 'WeightedAverage', method: 'TakagiSugeno', ...(isGrouped ? { isGrouped } : {}) };
}

/** The range over which an output is integrated: from its first corner to its last where none is named. */
function universeOf({ name, range, terms }: InputVariable, notes: FormatNotes): readonly [number, number] {
  if (range.every(Number.isFinite)) return range;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { definition } of terms) {
    for (const [x] of cornersOf(definition) ?? [[Number.NaN]]) {
      low = Math.min(low, x as number);
      high = Math.max(high, x as number);
    }
  }
  if (!(low < high)) throw inconsistent(`No RANGE is named for the output "${name}", and its terms give none`);
  notes.add(`No RANGE is named for the output "${name}": it goes from its first corner, ${low}, to its last, ${high}.`);
  return [low, high];
}
