import type { CompiledRuleBase } from '../engine/compile-rule-base.js';
import type { Trace } from '../engine/evaluation-run.js';
import type { Hedge } from '../fuzzy/hedges.js';
import { applyHedges } from '../fuzzy/hedges.js';
import type { Proposition, Rule, RuleBlock } from '../knowledge-base.js';
import type { RuleOutcome } from './explanation.js';
import { type RuleExpression, ruleExpression } from './rule-expression.js';

/** A rule, enabled or not, with what became of it. */
export type EvaluatedRule = {
  readonly rule: Rule;
  readonly block: RuleBlock;
  /** Those about outputs that are enabled. */
  readonly conclusions: readonly Proposition[];
  /** `resting`: its premises hold to no degree that counts. */
  readonly outcome: RuleOutcome | 'resting';
  /** Absent where the rule or its block is disabled. */
  readonly expression?: RuleExpression;
  /** With which it fires: 0 where it does not. */
  readonly degree: number;
};

/** What a rule that fired says of an output. */
export type FiredConclusion = {
  readonly rule: EvaluatedRule;
  readonly term: string;
  readonly hedges: readonly Hedge[];
  /** The rule's degree after the hedges on the conclusion. */
  readonly degree: number;
};

/** @returns every rule of the rule base, in its order */
export function evaluatedRules(compiled: CompiledRuleBase, trace: Trace): EvaluatedRule[] {
  const { degrees } = trace;
  const evaluations = new Map(trace.evaluation.rules.map((rule) => [rule.rule, rule] as const));
  const isEnabled = (output: string): boolean => compiled.outputs.get(output)?.variable.enabled === true;
  const nodes = new Map(compiled.blocks.flatMap(({ rules }) => rules.map(({ id, node }) => [id, node] as const)));
  return compiled.knowledgeBase.ruleBlocks.flatMap((block) =>
    block.rules.map((rule): EvaluatedRule => {
      const conclusions = rule.consequents.filter(({ variable }) => isEnabled(variable));
      const node = nodes.get(rule.id);
      const evaluation = evaluations.get(rule.id);
      if (node === undefined || evaluation === undefined) {
        return { rule, block, conclusions, outcome: block.enabled ? 'rule-disabled' : 'block-disabled', degree: 0 };
      }
      const expression = ruleExpression(rule.antecedent, block, compiled.graph, node, degrees);
      const outcome = outcomeOf(rule, block, expression.degree, evaluation, compiled.epsilon);
      return { rule, block, conclusions, outcome, expression, degree: evaluation.fired ? evaluation.degree : 0 };
    }),
  );
}

function outcomeOf(
  { weight }: Rule,
  { activation }: RuleBlock,
  antecedent: number,
  { fired, degree }: { readonly fired: boolean; readonly degree: number },
  epsilon: number,
): EvaluatedRule['outcome'] {
  if (fired) return 'fired';
  if (Number.isNaN(antecedent)) return 'unknown-premise';
  if (Number.isNaN(degree)) return 'unknown-block';
  // A share counts for the others even where it is too small to fire.
  const least = activation.name === 'Proportional' ? 0 : epsilon;
  if (weight * antecedent > least) return 'activation';
  return antecedent > epsilon ? 'weight' : 'resting';
}

/** What the rules that fired say of an output, in their order. */
export function firedConclusions(rules: readonly EvaluatedRule[], output: string): FiredConclusion[] {
  return rules
    .filter(({ outcome }) => outcome === 'fired')
    .flatMap((rule) =>
      rule.conclusions
        .filter(({ variable }) => variable === output)
        .map(({ term, hedges }) => ({ rule, term: term as string, hedges, degree: applyHedges(hedges, rule.degree) })),
    );
}

export const concludes = ({ conclusions }: EvaluatedRule, output: string): boolean =>
  conclusions.some(({ variable }) => variable === output);
