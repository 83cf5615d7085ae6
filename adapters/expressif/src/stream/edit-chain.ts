import type { CompiledRuleBase } from '../engine/compile-rule-base.js';
import type { Evaluation, RuleEvaluation } from '../engine/evaluation.js';
import type { ChangeChain, OutputChange, RuleFiringChange } from './change-chain.js';
import { isSameOutput } from './same-result.js';

/** An evaluation and the rules that it was by. */
type Evaluated = { readonly compiled: CompiledRuleBase; readonly evaluation: Evaluation };

/**
 * What an edit of the rules changed. The chain begins with the rules: inputs are as before. A rule that is new, or
 * was off, did not fire before; one that is gone or off does not fire now.
 */
export function traceEdit(before: Evaluated, after: Evaluated): ChangeChain {
  const changed = new Map(changedRules(before.evaluation, after.evaluation).map((one) => [one.rule, one] as const));
  const outputs = [...after.evaluation.outputs].flatMap(([output, evaluation]): OutputChange[] => {
    const earlier = before.evaluation.outputs.get(output);
    if (earlier === undefined || isSameOutput(earlier, evaluation)) return [];
    const concluding = new Set([before, after].flatMap(({ compiled }) => rulesConcluding(compiled, output)));
    const rules = [...concluding].filter((rule) => changed.has(rule));
    return [{ output, before: earlier, after: evaluation, rules, inputs: [] }];
  });
  const leading = new Set(outputs.flatMap(({ rules }) => rules));
  const rules = [...changed.values()].filter(({ rule }) => leading.has(rule));
  return { inputs: [], expressions: [], rules, outputs };
}

function changedRules(before: Evaluation, after: Evaluation): RuleFiringChange[] {
  const old = new Map(before.rules.map((one) => [one.rule, one] as const));
  const now = new Map(after.rules.map((one) => [one.rule, one] as const));
  const silent = (rule: string): RuleEvaluation => ({ rule, degree: 0, fired: false });
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((rule) => ({
      rule,
      before: old.get(rule) ?? silent(rule),
      after: now.get(rule) ?? silent(rule),
      expressions: [],
    }))
    .filter((one) => !Object.is(one.before.degree, one.after.degree));
}

const rulesConcluding = ({ blocks }: CompiledRuleBase, output: string): string[] =>
  blocks.flatMap(({ rules }) =>
    rules.filter(({ conclusions }) => conclusions.some((one) => one.output === output)).map(({ id }) => id),
  );
