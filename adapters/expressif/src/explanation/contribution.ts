import type { Evaluation } from '../engine/evaluation.js';
import { traceEvaluation } from '../engine/evaluation-run.js';
import { concludes, type EvaluatedRule } from './evaluated-rules.js';
import type { Evidence } from './explain-rule.js';
import type { Contribution } from './explanation.js';
import { tracedValues } from './traced-values.js';

/** An evaluation without one rule that fired in the whole one. */
export type LeftOut = { readonly rule: EvaluatedRule; readonly evaluation: Evaluation };

/** Evaluates the rule base once for each rule that fired, without it. */
export function leaveOneOut({ compiled, trace, rules }: Evidence): LeftOut[] {
  const values = tracedValues(trace);
  return rules
    .filter(({ outcome }) => outcome === 'fired')
    .map((rule) => {
      const blocks = compiled.blocks.map((block) => ({
        ...block,
        rules: block.rules.filter(({ id }) => id !== rule.rule.id),
      }));
      return { rule, evaluation: traceEvaluation({ ...compiled, blocks }, values).evaluation };
    });
}

/** What the rules that fired contribute to the value that an output has from rules. */
export function contributions(leftOut: readonly LeftOut[], output: string, value: number): Contribution[] {
  return leftOut.flatMap(({ rule, evaluation }) => {
    const contribution = contributionOf(rule.rule.id, evaluation.outputs.get(output), value);
    const isIdle = contribution.kind === 'value' && contribution.difference === 0;
    return concludes(rule, output) || !isIdle ? [contribution] : [];
  });
}

function contributionOf(rule: string, without: ReturnType<Evaluation['outputs']['get']>, value: number): Contribution {
  if (without?.status === 'determinate' && without.source === 'rules') {
    return { rule, kind: 'value', valueWithout: without.value, difference: value - without.value };
  }
  const hasNoValue = without?.status === 'indeterminate' && without.reason !== 'nothing-fired';
  return { rule, kind: hasNoValue ? 'no-value' : 'nothing-fired' };
}
