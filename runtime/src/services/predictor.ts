import { CONTRACT_VERSIONS, type runtimeV1 } from '@deephealth/proto';
import { type CallContext, DeepHealthError } from '@deephealth/sdk';
import { type AdmittedRequest, admitRequest } from '../admission/admit-request.js';
import type { PredictionResult } from '../host/host-messages.js';
import { monotonicUs } from '../host/monotonic-clock.js';
import type { ModelVersion } from '../lifecycle/model-version.js';
import { fromContractPriority } from '../lifecycle/priority.js';
import type { ModelOutcome } from '../lifecycle/sequenced-runs.js';
import type { Loaded } from '../lifecycle/start-host.js';
import { RequestWatch, type RequestWatchOptions, UNWATCHED } from '../observability/request-watch.js';
import { routeSequence } from '../sequences/route-sequence.js';
import type { SequenceContext } from '../sequences/sequence-table.js';
import type { ModelStore } from '../store/model-store.js';
import { RUNTIME_NAME } from '../version.js';
import { assertSamePackage } from './assert-same-package.js';
import { toTimestamp } from './contract-messages.js';

export interface PredictorLimits {
  readonly maxTensorElements: number;
  /** Given to a call without a deadline, so that nothing waits for ever. */
  readonly defaultDeadlineMs: number;
}

/** One item from request to answer, for Predict and PredictStream alike. */
export class Predictor {
  readonly #store: ModelStore;
  readonly #limits: PredictorLimits;
  readonly #watch: RequestWatchOptions;

  constructor(store: ModelStore, limits: PredictorLimits, watch: RequestWatchOptions = UNWATCHED) {
    this.#store = store;
    this.#limits = limits;
    this.#watch = watch;
  }

  predict(request: runtimeV1.PredictRequest__Output, context: CallContext): Promise<runtimeV1.PredictResponse> {
    return RequestWatch.answer(this.#watch, 'Predict', context.header, (watch) =>
      this.#predict(request, context, watch),
    );
  }

  /** Rejects with the refusal of an item; one of an open sequence takes its turn all the same. */
  async refuse(request: runtimeV1.PredictRequest__Output, context: CallContext, refusal: unknown): Promise<never> {
    const sequence = toSequence(request.sequenceContext);
    if (sequence === undefined) throw refusal;
    const model = findForSequence(this.#store, request.modelName, request.modelVersion, sequence);
    const { signal, deadlineMs } = context;
    return model.refuse({ signal, deadlineMs, priority: fromContractPriority(request.priority), sequence }, refusal);
  }

  async #predict(
    request: runtimeV1.PredictRequest__Output,
    context: CallContext,
    watch: RequestWatch,
  ): Promise<runtimeV1.PredictResponse> {
    const arrivedUs = monotonicUs();
    const sequence = toSequence(request.sequenceContext);
    const model = findForSequence(this.#store, request.modelName, request.modelVersion, sequence);
    model.assertServing();
    const loaded = model.loaded as Loaded;
    const priority = fromContractPriority(request.priority);
    watch.isFor(model, loaded.packageSha256);
    watch.hasPriority(priority);
    const { signal } = context;
    const deadlineMs = Number.isFinite(context.deadlineMs)
      ? context.deadlineMs
      : Date.now() + this.#limits.defaultDeadlineMs;
    let admitted: AdmittedRequest;
    try {
      checkRequestId(request.requestId);
      checkPinnedDigest(request.expectedPackageSha256, loaded);
      admitted = admitRequest(loaded.manifest, request.inputs, request.outputs, this.#limits, request.highlights);
    } catch (refusal) {
      return model.refuse({ deadlineMs, signal, priority, onQueued: watch.onQueued, sequence }, refusal);
    }
    const { inputs, outputs, warnings, highlights } = admitted;
    const outcome = await model.run<PredictionResult>({
      deadlineMs,
      signal,
      priority,
      onQueued: watch.onQueued,
      sequence,
      payload:
        highlights === undefined
          ? { type: 'predict', inputs, outputs }
          : { type: 'predict', inputs, outputs, highlights },
    });
    assertSamePackage(loaded, outcome.loaded);
    watch.ran(outcome);
    const { result } = outcome;
    return {
      requestId: request.requestId,
      findings: result.findings as runtimeV1.Finding[],
      provenance: toProvenance(outcome, { name: model.name, version: model.version, arrivedUs }),
      warnings: warnings.length === 0 ? (result.warnings as runtimeV1.Warning[]) : [...warnings, ...result.warnings],
    };
  }
}

/** The version that an item of an open sequence must go to, else the one asked for. */
export function findForSequence(
  store: ModelStore,
  name: string,
  version: string,
  sequence: SequenceContext | undefined,
): ModelVersion {
  const begunOn = sequence && routeSequence(store.versions(name), version, sequence);
  return begunOn ?? store.find(name, version);
}

function toSequence(context: runtimeV1.SequenceContext__Output | null): SequenceContext | undefined {
  if (context === null || context === undefined) return undefined;
  return { id: context.sequenceId, isStart: context.isStart, isEnd: context.isEnd };
}

/** Provenance of a finished run. */
export function toProvenance(
  outcome: ModelOutcome,
  model: { readonly name: string; readonly version: string; readonly arrivedUs: number },
): runtimeV1.Provenance {
  const { loaded, queueUs, timings, inputSha256, batchSize, steps, sequence } = outcome;
  const [contract] = CONTRACT_VERSIONS;
  const provenance: runtimeV1.Provenance = {
    modelName: model.name,
    modelVersion: model.version,
    packageSha256: loaded.packageSha256,
    onnxSha256: loaded.onnxSha256,
    runtime: RUNTIME_NAME,
    engine: loaded.engine,
    executionProvider: loaded.provider,
    batchSize,
    timings: {
      queueUs,
      preprocessUs: timings.preprocessUs,
      inferenceUs: timings.inferenceUs,
      postprocessUs: timings.postprocessUs,
      totalUs: monotonicUs() - model.arrivedUs,
    },
    completedAt: toTimestamp(Date.now()),
    contractVersion: `${contract.major}.${contract.minor}`,
    inputSha256: inputSha256 ?? '',
    ...(steps && { steps: steps.map((step) => ({ ...step })) }),
    ...(sequence && { sequenceId: sequence.id, sequencePosition: sequence.position }),
  };
  if (loaded.calibrations !== undefined) provenance.calibrations = loaded.calibrations;
  return provenance;
}

function checkRequestId(requestId: string): void {
  if (/^[\x20-\x7e]{0,128}$/.test(requestId)) return;
  throw new DeepHealthError(
    'DH_REQUEST_ID_INVALID',
    'Field "request_id" must be at most 128 printable ASCII characters.',
    { details: { field: 'request_id' } },
  );
}

function checkPinnedDigest(expected: string, loaded: Loaded): void {
  if (expected === '' || expected === loaded.packageSha256) return;
  throw new DeepHealthError(
    'DH_PACKAGE_DIGEST_MISMATCH',
    'Another package is served than the one that "expected_package_sha256" pins.',
    {
      details: { field: 'expected_package_sha256', received: loaded.packageSha256 },
    },
  );
}
