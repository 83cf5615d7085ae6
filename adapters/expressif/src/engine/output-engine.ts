import { degreeOf } from '../fuzzy/degree-of.js';
import { parseFormula } from '../fuzzy/formula.js';
import { type DegreeOperator, sNorms } from '../fuzzy/norms.js';
import { isMonotone, tsukamoto } from '../fuzzy/tsukamoto.js';
import type { Defuzzifier, KnowledgeBase, OutputVariable, Term } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import { aggregateConclusion } from './aggregate-conclusion.js';
import { defuzzifyIntegral } from './defuzzify-integral.js';
import { strongestConclusions } from './strongest-conclusions.js';

export type FiredConclusion = {
  readonly term: string;
  readonly degree: number;
  readonly implication: DegreeOperator | undefined;
};

type LookUp = (input: string) => number;

export type OutputEngine = {
  readonly variable: OutputVariable;
  /** @returns undefined where what fired has no value */
  readonly defuzzify: (fired: readonly FiredConclusion[], lookUp: LookUp) => number | undefined;
  /** Moves a value into the range where the rule base demands it. */
  readonly limit: (value: number) => number;
  /** The input for want of which a formula has no value. */
  readonly missingInput: (
    fired: readonly FiredConclusion[],
    isKnown: (input: string) => boolean,
  ) => { readonly variable?: string };
};

/** @throws DH_RULES_INCONSISTENT */
export function createOutput(variable: OutputVariable, knowledgeBase: KnowledgeBase): OutputEngine {
  const { range, lockRange, defuzzifier } = variable;
  const needs = new Map(variable.terms.map((term) => [term.name, inputsOf(term, knowledgeBase)] as const));
  return {
    variable,
    defuzzify: defuzzifier?.kind === 'integral' ? integral(variable, defuzzifier) : weighted(variable, knowledgeBase),
    limit: (value) => (lockRange ? Math.min(range[1], Math.max(range[0], value)) : value),
    missingInput: (fired, isKnown) => {
      const input = fired.flatMap(({ term }) => needs.get(term) ?? []).find((name) => !isKnown(name));
      return input === undefined ? {} : { variable: input };
    },
  };
}

function integral(variable: OutputVariable, { name, resolution }: Extract<Defuzzifier, { kind: 'integral' }>) {
  const [low, high] = variable.range;
  const aggregate = sNorms[variable.aggregation ?? 'Maximum'];
  const step = (high - low) / resolution;
  // A term's degrees at the samples never change: they are computed once.
  const samples = new Map(
    variable.terms.map(({ name: term, definition }) => [
      term,
      Float64Array.from({ length: resolution }, (_, k) => degreeOf(definition, low + (k + 0.5) * step)),
    ]),
  );
  // Nothing keeps the set beyond its evaluation, and none begins within another.
  const set = new Float64Array(resolution);
  return (fired: readonly FiredConclusion[]): number | undefined => {
    if (fired.some(({ degree }) => Number.isNaN(degree))) return undefined;
    set.fill(0);
    for (const { term, degree, implication } of aggregate === sNorms.Maximum ? strongestConclusions(fired) : fired) {
      aggregateConclusion(set, samples.get(term) as Float64Array, degree, implication as DegreeOperator, aggregate);
    }
    return defuzzifyIntegral(name, set, low, step);
  };
}

function weighted(variable: OutputVariable, knowledgeBase: KnowledgeBase) {
  const { defuzzifier } = variable;
  const conclude = new Map(
    variable.terms.map((term) => [term.name, conclusionOf(term, variable, knowledgeBase)] as const),
  );
  const isAverage = defuzzifier?.name === 'WeightedAverage';
  const isGrouped = defuzzifier?.kind === 'weighted' && defuzzifier.isGrouped === true;
  const combine = sNorms[variable.aggregation ?? 'Maximum'];
  return (fired: readonly FiredConclusion[], lookUp: LookUp): number | undefined => {
    let sum = 0;
    let weights = 0;
    for (const { term, degree } of isGrouped ? byTerm(fired, combine) : fired) {
      sum += degree * (conclude.get(term) as (degree: number, lookUp: LookUp) => number)(degree, lookUp);
      weights += degree;
    }
    return isAverage ? sum / weights : sum;
  };
}

/** One degree for each term that rules concluded. */
function byTerm(
  fired: readonly FiredConclusion[],
  combine: DegreeOperator,
): Pick<FiredConclusion, 'term' | 'degree'>[] {
  const degrees = new Map<string, number>();
  for (const { term, degree } of fired) degrees.set(term, combine(degrees.get(term) ?? 0, degree));
  return [...degrees].map(([term, degree]) => ({ term, degree }));
}

function conclusionOf(
  { name, definition }: Term,
  { name: output, range, defuzzifier }: OutputVariable,
  { inputs }: KnowledgeBase,
): (degree: number, lookUp: LookUp) => number {
  const method = defuzzifier?.kind === 'weighted' ? defuzzifier.method : 'Automatic';
  const isTsukamoto = method === 'Tsukamoto' || (method === 'Automatic' && isMonotone(definition));
  if (isTsukamoto) {
    if (!isMonotone(definition)) {
      throw inconsistent(`The term "${name}" of "${output}" is not monotone, which Tsukamoto's method asks for`);
    }
    return (degree) => tsukamoto(definition, degree, range) as number;
  }
  switch (definition.kind) {
    case 'constant':
      return () => definition.value;
    case 'linear': {
      const { coefficients } = definition;
      return (_, lookUp) =>
        inputs.reduce((sum, input, i) => {
          const coefficient = coefficients[i] ?? 0;
          // An input that counts for nothing may be missing.
          return coefficient === 0 ? sum : sum + coefficient * lookUp(input.name);
        }, coefficients[inputs.length] ?? 0);
    }
    case 'function': {
      const formula = parseFormula(definition.formula, { line: 1, column: 1 });
      return (degree, lookUp) =>
        formula.evaluate((variable) =>
          variable === 'x' && !inputs.some((input) => input.name === 'x') ? degree : lookUp(variable),
        );
    }
    default:
      return (degree) => degreeOf(definition, degree);
  }
}

function inputsOf({ definition }: Term, { inputs }: KnowledgeBase): string[] {
  if (definition.kind === 'linear') {
    return inputs.filter((_, i) => (definition.coefficients[i] ?? 0) !== 0).map(({ name }) => name);
  }
  if (definition.kind !== 'function') return [];
  return [...parseFormula(definition.formula, { line: 1, column: 1 }).variables];
}
