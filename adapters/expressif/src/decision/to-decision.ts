import type { runtimeV1 } from '@deephealth/proto';
import type { OutputEvaluation } from '../engine/evaluation.js';
import type { Trace } from '../engine/evaluation-run.js';
import type { AdmittedInput } from '../engine/input-value.js';
import type { InputSource } from '../explanation/explanation.js';
import { ruleText } from '../formats/rule-text.js';
import type { Interval } from '../interval/karnik-mendel.js';
import type { RuleBaseSnapshot } from '../live/live-rule-base.js';
import {
  type Decision,
  type DecisionInput,
  type DecisionInterval,
  type DecisionOutput,
  type DecisionRule,
  NOTICE,
} from './decision.js';
import type { ModelPremiseValue } from './model-premises.js';
import type { RuleService } from './rule-service.js';

/** What a decision is made of. */
export interface DecisionParts {
  readonly service: RuleService;
  /** The rules as they were when the question came. */
  readonly snapshot: RuleBaseSnapshot;
  readonly requestId: string;
  readonly atMs: number;
  readonly trace: Trace;
  /** By the names of the variables that the model gives. */
  readonly premises: ReadonlyMap<string, ModelPremiseValue>;
  readonly sources: ReadonlyMap<string, InputSource>;
  /** Of outputs that relations leave open. */
  readonly intervals: ReadonlyMap<string, Interval>;
  /** Absent where no rule reads the model. */
  readonly answer?: runtimeV1.PredictResponse__Output | undefined;
}

/** A decision without its reasons. */
export function toDecision(parts: DecisionParts): Omit<Decision, 'explanation' | 'text'> {
  const { service, snapshot, requestId, atMs, trace, answer } = parts;
  const { binding } = service;
  return {
    schema: 'deephealth.decision/1',
    requestId,
    at: new Date(atMs).toISOString(),
    ruleBase: {
      ...{ id: service.id, title: binding.title, version: snapshot.version },
      ...{ digest: snapshot.digest, packageSha256: service.packageSha256 },
    },
    outputs: Object.fromEntries(
      [...trace.evaluation.outputs].map(([name, output]) => [
        name,
        { ...binding.outputs?.[name], ...toDecisionOutput(output), ...intervalOf(output, parts) },
      ]),
    ),
    rules: decisionRules(parts),
    inputs: Object.fromEntries(
      [...trace.inputs].map(([name, admitted]) => [name, toDecisionInput(name, admitted, parts)]),
    ),
    clamped: trace.evaluation.clamped,
    warnings: (answer?.warnings ?? []).map(({ kind, field, message }) => ({ kind, field, message })),
    notice: NOTICE,
  };
}

export function toDecisionOutput({ name: _, degrees, ...output }: OutputEvaluation): DecisionOutput {
  return { ...output, degrees: Object.fromEntries(degrees) } as DecisionOutput;
}

function intervalOf({ name, status }: OutputEvaluation, { intervals }: DecisionParts): { interval?: DecisionInterval } {
  const interval = intervals.get(name);
  if (status !== 'determinate' || interval === undefined) return {};
  return { interval: { lower: interval[0], upper: interval[1] } };
}

function decisionRules({ snapshot: { knowledgeBase }, trace }: DecisionParts): DecisionRule[] {
  const texts = new Map(
    knowledgeBase.ruleBlocks.flatMap(({ rules }) => rules).map((rule) => [rule.id, ruleText(rule)]),
  );
  return trace.evaluation.rules.map(({ rule, degree, fired }) => ({
    id: rule,
    text: texts.get(rule) as string,
    ...(Number.isNaN(degree) ? {} : { degree }),
    fired,
  }));
}

function toDecisionInput(
  name: string,
  admitted: AdmittedInput,
  { service, premises, sources }: DecisionParts,
): DecisionInput {
  const { unit, title } = service.binding.variables[name] as { readonly unit: string; readonly title?: string };
  const source = sources.get(name);
  const relation = premises.get(name)?.relation;
  const about = { unit, ...(title === undefined ? {} : { title }), ...(source === undefined ? {} : { model: source }) };
  switch (admitted.kind) {
    case 'value':
      return { ...about, value: admitted.value };
    case 'degrees':
      return { ...about, degrees: admitted.degrees, ...(relation === undefined ? {} : { relation }) };
    case 'fault':
      return { ...about, absent: admitted.fault.reason };
  }
}
