import { DeepHealthError } from '@deephealth/sdk';
import type { CompiledRuleBase } from '../engine/compile-rule-base.js';
import { type Trace, traceEvaluation } from '../engine/evaluation-run.js';
import type { AdmittedInput, InputValue, InputValues } from '../engine/input-value.js';

/** Values of the inputs that the engine admits as it did those of a trace. */
export function tracedValues({ inputs }: Trace): InputValues {
  return Object.fromEntries([...inputs].map(([name, admitted]) => [name, inputValueOf(admitted)]));
}

function inputValueOf(admitted: AdmittedInput): InputValue {
  if (admitted.kind === 'value') return admitted.value;
  if (admitted.kind === 'degrees') return { degrees: admitted.degrees };
  const { reason } = admitted.fault;
  return reason === 'missing' ? undefined : { absent: reason };
}

/**
 * Evaluates anew what a trace says, and refuses to explain where that differs: a trace of another version of the
 * rules would be explained by rules that it never met.
 *
 * @throws DH_REQUEST_MALFORMED
 */
export function checkTrace(compiled: CompiledRuleBase, trace: Trace): void {
  const { rules, outputs } = traceEvaluation(compiled, tracedValues(trace)).evaluation;
  const given = trace.evaluation;
  const isSame =
    rules.length === given.rules.length &&
    outputs.size === given.outputs.size &&
    rules.every((rule, index) => {
      const other = given.rules[index];
      return rule.rule === other?.rule && rule.fired === other.fired && Object.is(rule.degree, other.degree);
    }) &&
    [...given.outputs].every(([name, output]) => {
      const other = outputs.get(name);
      if (output.status === 'determinate' && output.source === 'previous') return other !== undefined;
      if (output.status === 'indeterminate' || other?.status !== 'determinate') return output.status === other?.status;
      return Object.is(output.value, other.value);
    });
  if (!isSame) {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The trace is not one of this rule base with these options.');
  }
}
