import { modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import type { PredictSpec } from '../cases/case-types.js';
import { buildPredict } from '../run/build-predict.js';
import { TargetFailure } from '../run/case-result.js';
import { type Asked, checkOutcome } from '../run/check-outcome.js';
import { modelDigests } from '../run/model-digests.js';
import { TIMEOUTS_MS } from '../run/timeouts.js';
import type { Outcome } from '../targets/target-client.js';
import type { ProbeContext } from './probe.js';

/** A request of a probe, and what is known of its answer. */
export interface Question {
  readonly request: runtimeV1.PredictRequest;
  /** As bytes. */
  readonly message: Buffer;
  /** Checks an answer against the oracle, every output; throws TargetFailure. */
  check(outcome: Outcome): string[];
}

/** The request that a probe's `predict` says. */
export function question(spec: PredictSpec, context: ProbeContext): Question {
  const { model, version = '' } = spec;
  const digests = modelDigests(model, version, context.models);
  const { request, tensors, places } = buildPredict(spec, digests.package);
  const asked: Asked = { model, version, tensors, places, digests, profile: context.profile };
  const manifest = context.models.find((written) => written.model.name === model)?.manifest;
  const outputs = Object.fromEntries((manifest?.outputs ?? []).map(({ name }) => [name, 'golden' as const]));
  return {
    request,
    message: modelRuntimeService().Predict.requestSerialize(request),
    check: (outcome) => checkOutcome(outcome, { outputs }, asked),
  };
}

/** Asks over the case's own channel. */
export function ask({ request }: Question, { client, timeScale = 1 }: ProbeContext): Promise<Outcome> {
  return client.call('Predict', request, TIMEOUTS_MS.call * timeScale);
}

export function predictOf({ with: given }: ProbeContext): PredictSpec {
  return given.predict as PredictSpec;
}

/** The answer of a call that must succeed. */
export function responseOf(outcome: Outcome): runtimeV1.PredictResponse__Output {
  if (outcome.status !== 'OK')
    throw new TargetFailure(`expected OK, got ${outcome.status} ${outcome.message.slice(0, 160)}`);
  return outcome.response as runtimeV1.PredictResponse__Output;
}
