import { degreeOf, isFuzzySet } from '../fuzzy/degree-of.js';
import { parseFormula } from '../fuzzy/formula.js';
import type { OutputVariable, RuleBlock, TermDefinition } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import { type FootprintTerm, hasFootprint, type IntervalKnowledgeBase } from './interval-knowledge-base.js';

/** How far rounding may carry a lower degree above its upper one. */
export const ROUNDING = 1e-12;

const SAMPLES = 1001;

/**
 * Finds what the type-1 check does not look at: footprints that are none, and what has no interval form here.
 *
 * @throws DH_RULES_INCONSISTENT naming the rule block or the variable
 */
export function checkIntervalKnowledgeBase(knowledgeBase: IntervalKnowledgeBase): void {
  for (const { name, range, terms } of [...knowledgeBase.inputs, ...knowledgeBase.outputs]) {
    for (const term of terms.filter(hasFootprint)) checkFootprint(term, name, range);
  }
  const blocks = knowledgeBase.ruleBlocks.filter(({ enabled }) => enabled);
  for (const block of blocks) checkActivation(block);
  const conclusions = blocks.flatMap(({ rules }) => rules).flatMap(({ consequents }) => consequents);
  const concluded = new Set(conclusions.map(({ variable }) => variable));
  for (const output of knowledgeBase.outputs) if (concluded.has(output.name)) checkOutput(output, knowledgeBase);
}

/** By sampling: between the samples the engine looks again, at the very value that it is given. */
function checkFootprint({ name, lower, upper }: FootprintTerm, variable: string, range: readonly [number, number]) {
  if (!isFuzzySet(lower) || !isFuzzySet(upper)) {
    throw inconsistent(`The term "${name}" of "${variable}" has a footprint of uncertainty, and is no fuzzy set`);
  }
  for (const x of placesOf(range, lower, upper)) {
    const [low, high] = [degreeOf(lower, x), degreeOf(upper, x)];
    if (low <= high + ROUNDING) continue;
    throw inconsistent(
      `The lower degree of the term "${name}" of "${variable}" is above its upper one at ${x} (${low} and ${high})`,
    );
  }
}

/** Samples of the range, and the places where the terms bend. A range without an end is as wide as those. */
function* placesOf(range: readonly [number, number], ...definitions: readonly TermDefinition[]): Generator<number> {
  const bends = definitions.flatMap(bendsOf).filter(Number.isFinite);
  const width = Math.max(1, ...bends) - Math.min(0, ...bends);
  const low = Number.isFinite(range[0]) ? range[0] : Math.min(0, ...bends) - width;
  const high = Number.isFinite(range[1]) ? range[1] : Math.max(1, ...bends) + width;
  yield* bends.filter((x) => x >= low && x <= high);
  for (let k = 0; k < SAMPLES; k += 1) yield low + ((high - low) * k) / (SAMPLES - 1);
}

function bendsOf(definition: TermDefinition): number[] {
  if (definition.kind === 'shape') return [...definition.parameters];
  return definition.kind === 'discrete' ? definition.points.map(([x]) => x) : [];
}

/** Whether one rule is chosen among others depends on all of their degrees at once, which intervals leave open. */
function checkActivation({ name, activation }: RuleBlock): void {
  if (activation.name === 'General') return;
  const isRising = activation.name === 'Threshold' && ['>', '>='].includes(activation.comparison);
  if (isRising) return;
  throw inconsistent(
    `The rule block "${name}" chooses rules by ${activation.name}; with intervals of degrees only General and ` +
      'Threshold with > or >= are defined',
  );
}

function checkOutput(
  { name, terms, defuzzifier }: Omit<OutputVariable, 'terms'> & Pick<IntervalKnowledgeBase['outputs'][number], 'terms'>,
  { inputs }: IntervalKnowledgeBase,
): void {
  if (defuzzifier?.kind === 'integral' && defuzzifier.name !== 'Centroid') {
    throw inconsistent(`The output "${name}" asks for ${defuzzifier.name}; with intervals only Centroid is defined`);
  }
  if (defuzzifier?.kind !== 'weighted') return;
  for (const term of terms) {
    const definition = hasFootprint(term) ? undefined : term.definition;
    if (definition !== undefined && !dependsOnDegree(definition, inputs)) continue;
    throw inconsistent(
      `The conclusion "${term.name}" of "${name}" depends on the degree of its rule, which has no interval form here`,
    );
  }
}

/** As Tsukamoto's conclusions do, and formulas that read the degree as `x`. */
function dependsOnDegree(definition: TermDefinition, inputs: readonly { readonly name: string }[]): boolean {
  if (isFuzzySet(definition)) return true;
  if (definition.kind !== 'function' || inputs.some(({ name }) => name === 'x')) return false;
  return [...parseFormula(definition.formula, { line: 1, column: 1 }).variables].includes('x');
}
