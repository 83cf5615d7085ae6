import type { OutputEvaluation } from '../engine/evaluation.js';
import { givenDegree } from '../engine/input-value.js';
import { propositionText } from '../formats/rule-text.js';
import type { RuleBlock } from '../knowledge-base.js';
import { concludes, type EvaluatedRule, firedConclusions } from './evaluated-rules.js';
import type { Evidence } from './explain-rule.js';
import type { InputExplanation, Want } from './explanation.js';
import { type PremiseExpression, premisesIn } from './rule-expression.js';
import { isUnknown } from './strongest-terms.js';

/** The values for want of which an output is not known: every one of them, where the evaluation names the first. */
export function wantsOf(evidence: Evidence, output: OutputEvaluation): Want[] {
  if (!isUnknown(output)) return wantsOfConclusions(evidence, output.name);
  const wants: Want[] = [];
  const seen = new Set<string>();
  const followOutput = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const rule of unknownRules(evidence.rules, name)) {
      for (const premise of rule.expression === undefined ? [] : premisesIn(rule.expression)) {
        const want = wantOf(evidence, rule.rule.id, premise);
        if (want !== undefined && !wants.some((one) => one.rule === want.rule && one.position === want.position)) {
          wants.push(want);
        }
        const { variable, term, hedges } = premise.premise;
        const read = evidence.trace.evaluation.outputs.get(variable);
        const isRead = term !== undefined && !hedges.includes('any');
        if (isRead && read !== undefined && isUnknown(read)) followOutput(variable);
      }
    }
  };
  followOutput(output.name);
  return wants;
}

/** Rules with an unknown premise that conclude the output or are chosen against one that does. */
function unknownRules(rules: readonly EvaluatedRule[], output: string): EvaluatedRule[] {
  const concluding = rules.filter((rule) => rule.expression !== undefined && concludes(rule, output));
  const choosing = concluding.map(({ block }) => block).filter(isComparative);
  return rules.filter(
    (rule) => rule.outcome === 'unknown-premise' && (concluding.includes(rule) || choosing.includes(rule.block)),
  );
}

/** Whether the block's rules are chosen among each other, so that all of them must be known. */
const isComparative = ({ activation }: RuleBlock): boolean =>
  activation.name !== 'General' && activation.name !== 'Threshold';

function wantOf({ trace, inputs }: Evidence, rule: string, { position, premise }: PremiseExpression): Want | undefined {
  const { variable, hedges, term } = premise;
  const input = inputs.get(variable);
  const admitted = trace.inputs.get(variable);
  if (input?.isEnabled !== true || admitted === undefined || term === undefined || hedges.includes('any'))
    return undefined;
  if (admitted.kind === 'value') return undefined;
  const asked = { rule, position, statement: propositionText(premise), term };
  if (admitted.kind === 'fault') {
    return { reason: admitted.fault.reason, input, wanted: 'value', ...asked, ...endsOf(input) };
  }
  const degree = givenDegree(admitted.degrees, term, variable);
  return typeof degree === 'number'
    ? undefined
    : { reason: degree.reason, input, wanted: 'degree', ...asked, low: 0, high: 1 };
}

/** Values that the formulas of conclusions ask for. */
function wantsOfConclusions({ compiled, trace, rules, inputs }: Evidence, output: string): Want[] {
  const engine = compiled.outputs.get(output);
  return firedConclusions(rules, output).flatMap(({ rule, term, degree }) => {
    const wants: Want[] = [];
    const isKnown = (input: string): boolean =>
      trace.inputs.get(input)?.kind === 'value' || wants.some((want) => want.input.name === input);
    // The engine names one input at a time.
    for (;;) {
      const name = engine?.missingInput([{ term, degree, implication: undefined }], isKnown).variable;
      const input: InputExplanation | undefined = name === undefined ? undefined : inputs.get(name);
      if (input === undefined) return wants;
      const reason = input.fault ?? 'missing';
      wants.push({ reason, input, wanted: 'value', rule: rule.rule.id, term, ...endsOf(input) });
    }
  });
}

function endsOf({ low, high }: InputExplanation): { readonly low?: number; readonly high?: number } {
  return { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
}
