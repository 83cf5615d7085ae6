import { randomUUID } from 'node:crypto';
import type { adapterV1 } from '@deephealth/proto';
import type { RuleBaseBinding } from '../bindings/expressif-binding.js';
import { columnsOf } from '../bindings/variable-contradictions.js';
import { traceEvaluation } from '../engine/evaluation-run.js';
import type { InputValues } from '../engine/input-value.js';
import { explain } from '../explanation/explain.js';
import { explanationText } from '../explanation/explanation-text.js';
import type { AskOptions } from './ask-model.js';
import { askPremises } from './ask-premises.js';
import type { Decision } from './decision.js';
import type { DecisionRequest } from './decision-request.js';
import { outputIntervals } from './output-intervals.js';
import { ruleInputs } from './rule-inputs.js';
import type { RuleService } from './rule-service.js';
import { toDecision } from './to-decision.js';

export interface DecideOptions extends AskOptions {
  /** The moment that a question without one is for. */
  readonly nowMs: number;
}

/** A decision with the answers of the runtime that it rests on. */
export interface DecisionRun {
  readonly decision: Decision;
  readonly runs: readonly adapterV1.ModelRun[];
}

/**
 * Answers a question: asks the model if rules read it, evaluates the rules once, as they were when the question came,
 * and says why.
 *
 * @throws DH_REQUEST_MALFORMED, DH_UNIT_MISMATCH, DH_CATEGORY_UNKNOWN for the question; what the runtime answers
 */
export async function decide(
  service: RuleService,
  request: DecisionRequest,
  options: DecideOptions,
): Promise<DecisionRun> {
  const { binding, manifest } = service;
  const requestId = request.requestId ?? randomUUID();
  // Edits that come while the model runs are for the next question.
  const snapshot = service.rules.current();
  const atMs = request.atMs ?? options.nowMs;
  const given = ruleInputs(binding, new Set(columnsOf(manifest).keys()), request, atMs);
  const { premises, sources, answer } = await askPremises(service, request, requestId, options);
  const values: InputValues = Object.fromEntries([
    ...given,
    ...[...premises].map(([name, { value }]) => [name, value]),
  ]);
  const trace = traceEvaluation(snapshot.compiled, values);
  const decision = toDecision({
    ...{ service, snapshot, requestId, atMs, trace, premises, sources, answer },
    intervals: outputIntervals(snapshot, values, premises),
  });
  const runs = answer === undefined ? [] : [{ requestId: answer.requestId, provenance: answer.provenance }];
  if (!request.explain) return { decision: { ...decision, text: {} }, runs };
  const explanation = explain(snapshot.compiled, trace, {
    sources: Object.fromEntries(sources),
    units: unitsOf(binding),
  });
  const text = Object.fromEntries(
    request.languages.map((language) => [language, explanationText(explanation, language)]),
  );
  return { decision: { ...decision, explanation, text }, runs };
}

function unitsOf({ variables, outputs = {} }: RuleBaseBinding): Record<string, string> {
  return Object.fromEntries(
    [...Object.entries(variables), ...Object.entries(outputs)].flatMap(([name, { unit }]) =>
      unit === undefined || unit === '1' ? [] : [[name, unit]],
    ),
  );
}
