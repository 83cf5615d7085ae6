import type { CompiledRuleBase } from '../engine/compile-rule-base.js';
import type { OutputEvaluation } from '../engine/evaluation.js';
import type { Trace } from '../engine/evaluation-run.js';
import type { ContrastRequest } from './contrast.js';
import { contributions, type LeftOut, leaveOneOut } from './contribution.js';
import { evaluatedRules } from './evaluated-rules.js';
import { explainConclusion } from './explain-conclusion.js';
import { explainInputs, ownEntry, type VariableNotes } from './explain-inputs.js';
import { type Evidence, explainRule } from './explain-rule.js';
import { EXPLANATION_SCHEMA, type Explanation, type OutputExplanation } from './explanation.js';
import { findContrast } from './find-contrast.js';
import { strongestTerms } from './strongest-terms.js';
import { checkTrace } from './traced-values.js';
import { unexpected } from './unexpectedness.js';
import { wantsOf } from './wants.js';
import { weightShares } from './weight-shares.js';

export type ExplainOptions = VariableNotes & {
  /**
   * From which degree a rule or premise that plays no part is worth a mention.
   *
   * @defaultValue 0.5
   */
  readonly notableFrom?: number | undefined;
  /** Each a search that evaluates the rules some hundred times for each input. */
  readonly contrasts?: readonly ContrastRequest[] | undefined;
};

/**
 * Explains an evaluation: what fired, what decides each conclusion and what would change it. Every statement about
 * "without" or "instead" was evaluated.
 *
 * @param trace of the same rule base
 * @throws DH_REQUEST_MALFORMED where the trace is of other rules, or a contrast asks for what they do not define
 */
export function explain(compiled: CompiledRuleBase, trace: Trace, options: ExplainOptions = {}): Explanation {
  checkTrace(compiled, trace);
  const rules = evaluatedRules(compiled, trace);
  const evidence: Evidence = { compiled, trace, rules, inputs: explainInputs(compiled, trace, options) };
  const outputs = [...trace.evaluation.outputs.values()];
  const hasValue = outputs.some((output) => output.status === 'determinate' && output.source === 'rules');
  const leftOut = hasValue ? leaveOneOut(evidence) : [];
  return {
    schema: EXPLANATION_SCHEMA,
    ruleBase: compiled.knowledgeBase.name,
    epsilon: compiled.epsilon,
    rules: rules.flatMap((rule) => explainRule(evidence, rule) ?? []),
    restingRules: rules.filter(({ outcome }) => outcome === 'resting').map(({ rule }) => rule.id),
    outputs: outputs.map((output) => explainOutput(evidence, output, leftOut, options)),
    contrasts: (options.contrasts ?? []).map((request) => findContrast(evidence, request)),
  };
}

function explainOutput(
  evidence: Evidence,
  output: OutputEvaluation,
  leftOut: readonly LeftOut[],
  { units, notableFrom = 0.5 }: ExplainOptions,
): OutputExplanation {
  const { name, degrees } = output;
  const variable = evidence.compiled.outputs.get(name)?.variable;
  const unit = ownEntry(units, name);
  const conclusions = [...degrees]
    .filter(([, degree]) => Number.isFinite(degree))
    .map(([term]) => explainConclusion(evidence, name, term));
  const isFromRules = output.status === 'determinate' && output.source === 'rules';
  return {
    output: name,
    ...(unit === undefined ? {} : { unit }),
    isEnabled: variable?.enabled === true,
    ...(variable?.defuzzifier === undefined ? {} : { defuzzifier: variable.defuzzifier.name }),
    conclusions,
    strongest: strongestTerms(degrees),
    shares: weightShares(evidence, name),
    contributions: isFromRules ? contributions(leftOut, name, output.value) : [],
    unexpected: unexpected(evidence, output, conclusions, notableFrom),
    ...(output.status === 'determinate'
      ? {
          status: output.status,
          ...(Number.isFinite(output.value) ? { value: output.value } : {}),
          source: output.source,
        }
      : { status: output.status, reason: output.reason, wants: wantsOf(evidence, output) }),
  };
}
