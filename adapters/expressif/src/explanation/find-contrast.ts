import { DeepHealthError } from '@deephealth/sdk';
import { type CompiledRuleBase, compileRuleBase } from '../engine/compile-rule-base.js';
import type { OutputEvaluation } from '../engine/evaluation.js';
import { traceEvaluation } from '../engine/evaluation-run.js';
import type { InputVariable } from '../knowledge-base.js';
import type { Contrast, ContrastGoal, ContrastRequest, InputChange, SearchedInput } from './contrast.js';
import { ownEntry } from './explain-inputs.js';
import type { Evidence } from './explain-rule.js';
import { degreesOnly } from './pruned-rule-base.js';
import { smallestChange } from './smallest-change.js';
import { isUnknown, strongestTerms } from './strongest-terms.js';
import { tracedValues } from './traced-values.js';

/**
 * Searches, for each input alone, the smallest change that reaches the goal.
 *
 * @throws DH_REQUEST_MALFORMED where the request names what the rule base does not define
 */
export function findContrast(evidence: Evidence, request: ContrastRequest): Contrast {
  const { compiled, trace } = evidence;
  const output = request.output;
  checkRequest(compiled, request);
  const present = trace.evaluation.outputs.get(output);
  const goal = goalOf(present, request);
  const base = { output, changes: [], withoutEffect: [], notVaried: [] } as const;
  if (goal === undefined) return { ...base, status: 'not-known' };
  const isReached = reaches(goal);
  if (present !== undefined && isReached(present)) return { ...base, status: 'already', goal };
  // Terms ask for degrees alone, which are cheaper.
  const searched =
    goal.kind === 'threshold' ? compiled : compileRuleBase(degreesOnly(compiled.knowledgeBase), compiled);
  const values = tracedValues(trace);
  const evaluate = (rules: CompiledRuleBase, input: string, value: number): OutputEvaluation =>
    traceEvaluation(rules, { ...values, [input]: value }).evaluation.outputs.get(output) as OutputEvaluation;

  const changes: InputChange[] = [];
  const withoutEffect: SearchedInput[] = [];
  const notVaried: Contrast['notVaried'][number][] = [];
  for (const input of compiled.inputs.values()) {
    const { name } = input;
    const because = whyNotVaried(evidence, input, request);
    const from = values[name];
    if (because !== undefined || typeof from !== 'number') {
      notVaried.push({ input: name, because: because ?? 'not-given' });
      continue;
    }
    const holds = (value: number): boolean => isReached(evaluate(searched, name, value));
    const { searched: tried, to } = smallestChange(input, from, holds, ownEntry(request.values, name));
    const unit = evidence.inputs.get(name)?.unit;
    const about = { input: name, ...(unit === undefined ? {} : { unit }), searched: tried };
    if (to === undefined) withoutEffect.push(about);
    else changes.push(changeOf(about, from, to, evaluate(compiled, name, to)));
  }
  changes.sort((a, b) => a.relativeChange - b.relativeChange);
  return { output, status: changes.length > 0 ? 'found' : 'none', goal, changes, withoutEffect, notVaried };
}

function checkRequest({ outputs }: CompiledRuleBase, { output, goal }: ContrastRequest): void {
  const terms = outputs.get(output)?.variable.terms;
  const refuse = (what: string) => new DeepHealthError('DH_REQUEST_MALFORMED', what);
  if (terms === undefined) throw refuse(`A contrast asks for "${output}", which is no output.`);
  if (goal === undefined) return;
  if ('term' in goal && !terms.some(({ name }) => name === goal.term)) {
    throw refuse(`A contrast asks for "${goal.term}", which is no term of "${output}".`);
  }
  if ('threshold' in goal && !Number.isFinite(goal.threshold)) {
    throw refuse(`A contrast of "${output}" asks for a threshold that is no finite number.`);
  }
}

/** @returns undefined where there is nothing to start from */
function goalOf(present: OutputEvaluation | undefined, { goal }: ContrastRequest): ContrastGoal | undefined {
  if (goal !== undefined && 'threshold' in goal) {
    const { threshold } = goal;
    // A value kept from before does not follow from the inputs.
    if (present?.status !== 'determinate' || present.source === 'previous' || !Number.isFinite(present.value))
      return undefined;
    return {
      kind: 'threshold',
      threshold,
      from: present.value,
      side: present.value < threshold ? 'at-or-above' : 'below',
    };
  }
  if (present === undefined || isUnknown(present)) return undefined;
  const from = strongestTerms(present.degrees);
  return goal === undefined ? { kind: 'other-term', from } : { kind: 'term', term: goal.term, from };
}

function reaches(goal: ContrastGoal): (output: OutputEvaluation) => boolean {
  if (goal.kind === 'threshold') {
    return (output) => output.status === 'determinate' && output.value < goal.threshold === (goal.side === 'below');
  }
  return (output) => {
    const [first, ...tied] = strongestTerms(output.degrees);
    if (first === undefined) return false;
    return goal.kind === 'term'
      ? first === goal.term && tied.length === 0
      : [first, ...tied].every((term) => !goal.from.includes(term));
  };
}

function whyNotVaried(
  { trace }: Evidence,
  { name, enabled }: InputVariable,
  { fixed }: ContrastRequest,
): Contrast['notVaried'][number]['because'] | undefined {
  if (fixed?.includes(name)) return 'fixed';
  if (!enabled) return 'disabled';
  const kind = trace.inputs.get(name)?.kind;
  if (kind === 'degrees') return 'given-as-degrees';
  return kind === 'value' ? undefined : 'not-given';
}

function changeOf(about: SearchedInput, from: number, to: number, output: OutputEvaluation): InputChange {
  const { searched } = about;
  const [low, high] =
    searched.kind === 'range'
      ? [searched.low, searched.high]
      : [Math.min(from, ...searched.values), Math.max(from, ...searched.values)];
  return {
    ...about,
    from,
    to,
    change: to - from,
    relativeChange: Math.abs(to - from) / (high - low),
    reached: {
      ...(output.status === 'determinate' && Number.isFinite(output.value) ? { value: output.value } : {}),
      strongest: strongestTerms(output.degrees),
    },
  };
}
