import { CONTRACT_VERSIONS, type runtimeV1 } from '@deephealth/proto';
import { assertPermitted, type CallContext, type Caller, DeepHealthError } from '@deephealth/sdk';
import { ASKED_NOBODY, type Callers } from '../access/callers.js';
import { type AdmittedRequest, admitRequest } from '../admission/admit-request.js';
import type { Face } from '../audit/audit-event.js';
import { findingsDigest } from '../audit/output-digest.js';
import { type RoutedRequest, routeRequest } from '../control/route-request.js';
import type { ShadowRuns } from '../control/shadow-runs.js';
import type { PredictionResult } from '../host/host-messages.js';
import { monotonicUs } from '../host/monotonic-clock.js';
import { monotonicDeadline, monotonicMs } from '../lifecycle/deadline-clock.js';
import type { ModelVersion } from '../lifecycle/model-version.js';
import { fromContractPriority } from '../lifecycle/priority.js';
import type { ModelOutcome } from '../lifecycle/sequenced-runs.js';
import type { Loaded } from '../lifecycle/start-host.js';
import { RequestWatch, type RequestWatchOptions, recordRefusal, UNWATCHED } from '../observability/request-watch.js';
import { loseUnanswered } from '../sequences/lose-unanswered.js';
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
  readonly #callers: Callers;
  readonly #shadows: ShadowRuns | undefined;

  constructor(
    store: ModelStore,
    limits: PredictorLimits,
    watch: RequestWatchOptions = UNWATCHED,
    callers: Callers = ASKED_NOBODY,
    shadows: ShadowRuns | undefined = undefined,
  ) {
    this.#callers = callers;
    this.#shadows = shadows;
    this.#store = store;
    this.#limits = limits;
    this.#watch = watch;
  }

  predict(request: runtimeV1.PredictRequest__Output, context: CallContext): Promise<runtimeV1.PredictResponse> {
    const { requestId } = request;
    return RequestWatch.answer(this.#watch, { call: 'Predict', face: faceOf(context), requestId, context }, (watch) =>
      this.#predict(request, context, watch),
    );
  }

  /** Rejects with the refusal of an item; one of an open sequence takes its turn all the same. */
  async refuse(request: runtimeV1.PredictRequest__Output, context: CallContext, refusal: unknown): Promise<never> {
    const record = (thrown: unknown) => {
      const { code } = DeepHealthError.from(thrown);
      recordRefusal(this.#watch.audit, { face: faceOf(context), requestId: request.requestId, context }, code);
    };
    let caller: Caller;
    try {
      caller = this.#admit(request, context);
    } catch (denied) {
      record(denied);
      throw denied;
    }
    record(refusal);
    const sequence = toSequence(request.sequenceContext, caller);
    if (sequence === undefined) throw refusal;
    const { model } = this.#route(request, caller, sequence);
    const { signal } = context;
    const deadlineMs = monotonicDeadline(context);
    return model.refuse({ signal, deadlineMs, priority: fromContractPriority(request.priority), sequence }, refusal);
  }

  #route(
    request: runtimeV1.PredictRequest__Output,
    { tenant }: Caller,
    sequence: SequenceContext | undefined,
  ): RoutedRequest<ModelVersion> {
    const { modelName, modelVersion, requestId } = request;
    return routeRequest(this.#store, modelName, modelVersion, sequence, { id: requestId, tenant });
  }

  /** Every item of a stream is asked for anew: what its caller may do can end before the stream does. */
  #admit(request: runtimeV1.PredictRequest__Output, context: CallContext): Caller {
    const caller = this.#callers.of(context);
    assertPermitted(caller, 'predict', request.modelName);
    return caller;
  }

  async #predict(
    request: runtimeV1.PredictRequest__Output,
    context: CallContext,
    watch: RequestWatch,
  ): Promise<runtimeV1.PredictResponse> {
    const arrivedUs = monotonicUs();
    const caller = this.#admit(request, context);
    const sequence = toSequence(request.sequenceContext, caller);
    const { model, byRollout } = this.#route(request, caller, sequence);
    model.assertServing();
    const loaded = model.loaded as Loaded;
    const priority = fromContractPriority(request.priority);
    watch.isFor(model, loaded.packageSha256);
    watch.hasPriority(priority);
    const { signal } = context;
    const statedMs = monotonicDeadline(context);
    const deadlineMs = Number.isFinite(statedMs) ? statedMs : monotonicMs() + this.#limits.defaultDeadlineMs;
    let admitted: AdmittedRequest;
    try {
      watch.assertRecordable();
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
    const { result } = outcome;
    const allWarnings =
      warnings.length === 0 ? (result.warnings as runtimeV1.Warning[]) : [...warnings, ...result.warnings];
    if (watch.isAudited) {
      const digest = findingsDigest(result.findings);
      const kinds = allWarnings.map(({ kind }) => String(kind).replace('WARNING_KIND_', ''));
      const recorded = watch.record({
        model,
        loaded: outcome.loaded,
        inputSha256: outcome.inputSha256 ?? '',
        outputSha256: typeof digest === 'string' ? digest : await digest,
        batchSize: outcome.batchSize,
        outputs,
        highlights: highlights ?? [],
        warnings: kinds,
        abstained: kinds.includes('ABSTAINED'),
        sequence: outcome.sequence,
      });
      try {
        await recorded;
      } catch (thrown) {
        loseUnanswered(model, sequence);
        throw thrown;
      }
      // It may have been stopped while the record was written.
      model.assertNotSuspended();
    }
    watch.ran(outcome);
    this.#shadows?.offer(model, sequence !== undefined, {
      answer: { findings: result.findings },
      payloadFor: ({ manifest }) => {
        const again = admitRequest(manifest, request.inputs, request.outputs, this.#limits);
        return { type: 'predict', inputs: again.inputs, outputs: again.outputs };
      },
    });
    const provenance = toProvenance(outcome, { name: model.name, version: model.version, arrivedUs });
    if (byRollout) provenance.byRollout = true;
    return {
      requestId: request.requestId,
      findings: result.findings as runtimeV1.Finding[],
      provenance,
      warnings: allWarnings,
    };
  }
}

function faceOf({ transport }: CallContext): Face {
  return transport === 'stream' ? 'contract-stream' : 'contract';
}

function toSequence(
  context: runtimeV1.SequenceContext__Output | null,
  { tenant }: Caller,
): SequenceContext | undefined {
  if (context === null || context === undefined) return undefined;
  return {
    id: context.sequenceId,
    isStart: context.isStart,
    isEnd: context.isEnd,
    ...(tenant !== '' && { owner: tenant }),
  };
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
