import type { CompiledRuleBase } from '../engine/compile-rule-base.js';
import type { Trace } from '../engine/evaluation-run.js';
import { givenDegree } from '../engine/input-value.js';
import { propositionText, ruleText } from '../formats/rule-text.js';
import { degreeOf } from '../fuzzy/degree-of.js';
import { decidingPath } from './deciding-path.js';
import { type EvaluatedRule, firedConclusions } from './evaluated-rules.js';
import type { InputExplanation, PremiseExplanation, RuleExplanation } from './explanation.js';
import { type PremiseExpression, premisesIn } from './rule-expression.js';
import { isUnknown } from './strongest-terms.js';

/** What an evaluation knows, for the explanation of its parts. */
export type Evidence = {
  readonly compiled: CompiledRuleBase;
  readonly trace: Trace;
  /** In the order of the rule base. */
  readonly rules: readonly EvaluatedRule[];
  readonly inputs: ReadonlyMap<string, InputExplanation>;
};

/** @returns undefined for a rule that nothing but its premises kept from firing */
export function explainRule(evidence: Evidence, evaluated: EvaluatedRule): RuleExplanation | undefined {
  const { rule, block, outcome, expression, degree } = evaluated;
  if (outcome === 'resting') return undefined;
  return {
    rule: rule.id,
    text: ruleText(rule),
    block: block.name,
    activation: block.activation.name,
    weight: rule.weight,
    outcome,
    ...(expression !== undefined && Number.isFinite(expression.degree) ? { antecedentDegree: expression.degree } : {}),
    ...(outcome === 'fired' ? { degree } : {}),
    premises:
      expression === undefined ? [] : premisesIn(expression).map((premise) => explainPremise(evidence, premise)),
    ...(outcome === 'fired' && expression !== undefined ? { deciding: decidingPath(expression) } : {}),
  };
}

function explainPremise(evidence: Evidence, { position, premise, degree }: PremiseExpression): PremiseExplanation {
  const { variable, hedges, term } = premise;
  const input = evidence.inputs.get(variable);
  const membership = membershipOf(evidence, variable, term);
  return {
    position,
    statement: propositionText(premise),
    variable,
    hedges,
    ...(term === undefined ? {} : { term }),
    ...(membership === undefined ? {} : { membership }),
    ...(Number.isFinite(degree) ? { degree } : {}),
    ...(isEnabled(evidence, variable) ? {} : { isDisabled: true }),
    ...(input === undefined ? { concludedBy: concludedBy(evidence, variable, term) } : { input }),
  };
}

const isEnabled = ({ compiled }: Evidence, variable: string): boolean =>
  (compiled.inputs.get(variable) ?? compiled.outputs.get(variable)?.variable)?.enabled === true;

/** Before the hedges, where the evaluation asked for it. */
function membershipOf(evidence: Evidence, variable: string, term: string | undefined): number | undefined {
  const { compiled, trace } = evidence;
  if (term === undefined || !isEnabled(evidence, variable)) return undefined;
  const output = trace.evaluation.outputs.get(variable);
  if (output !== undefined) {
    const activation = output.degrees.get(term) ?? 0;
    return isUnknown(output) || !Number.isFinite(activation) ? undefined : activation;
  }
  const admitted = trace.inputs.get(variable);
  const input = compiled.inputs.get(variable);
  if (input === undefined || admitted === undefined || admitted.kind === 'fault') return undefined;
  if (admitted.kind === 'degrees') {
    const degree = givenDegree(admitted.degrees, term, variable);
    return typeof degree === 'number' ? degree : undefined;
  }
  const definition = input.terms.find(({ name }) => name === term)?.definition;
  const membership = definition === undefined ? Number.NaN : degreeOf(definition, admitted.value);
  return Number.isFinite(membership) ? membership : undefined;
}

function concludedBy({ rules }: Evidence, output: string, term: string | undefined): string[] {
  const concluding = firedConclusions(rules, output).filter((conclusion) => conclusion.term === term);
  return [...new Set(concluding.map(({ rule }) => rule.rule.id))];
}
