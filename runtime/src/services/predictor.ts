import { CONTRACT_VERSIONS, type runtimeV1 } from '@deephealth/proto';
import { type CallContext, DeepHealthError } from '@deephealth/sdk';
import { type AdmittedRequest, admitRequest } from '../admission/admit-request.js';
import type { PredictionResult } from '../host/host-messages.js';
import type { ModelOutcome, ModelVersion } from '../lifecycle/model-version.js';
import { fromContractPriority } from '../lifecycle/priority.js';
import type { Loaded } from '../lifecycle/start-host.js';
import { routeSequence } from '../sequences/route-sequence.js';
import type { SequenceContext } from '../sequences/sequence-table.js';
import type { ModelStore } from '../store/model-store.js';
import { RUNTIME_NAME } from '../version.js';
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

  constructor(store: ModelStore, limits: PredictorLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  async predict(request: runtimeV1.PredictRequest__Output, context: CallContext): Promise<runtimeV1.PredictResponse> {
    const arrived = process.hrtime.bigint();
    checkRequestId(request.requestId);
    const sequence = toSequence(request.sequenceContext);
    const model = findForSequence(this.#store, request.modelName, request.modelVersion, sequence);
    model.assertServing();
    const loaded = model.loaded as Loaded;
    const call = {
      deadlineMs: Math.min(context.deadlineMs, Date.now() + this.#limits.defaultDeadlineMs),
      signal: context.signal,
      priority: fromContractPriority(request.priority),
      ...(sequence && { sequence }),
    };
    let admitted: AdmittedRequest;
    try {
      checkPinnedDigest(request.expectedPackageSha256, loaded);
      admitted = admitRequest(loaded.manifest, request.inputs, request.outputs, this.#limits);
    } catch (refusal) {
      return model.refuse(call, refusal);
    }
    const { inputs, outputs, warnings } = admitted;
    const outcome = await model.run<PredictionResult>({ ...call, payload: { type: 'predict', inputs, outputs } });
    assertSamePackage(loaded, outcome.loaded);
    const { result } = outcome;
    return {
      requestId: request.requestId,
      findings: [...result.findings],
      provenance: toProvenance(outcome, { name: model.name, version: model.version, arrived }),
      warnings: [...warnings, ...result.warnings],
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

/** The version may have been verified anew from other files while the request waited. */
export function assertSamePackage(admittedFor: Loaded, ranOn: Loaded): void {
  if (ranOn.packageSha256 === admittedFor.packageSha256) return;
  throw new DeepHealthError(
    'DH_MODEL_NOT_READY',
    'The model package was replaced while the request waited. Send it again.',
    { retryAfterMs: 100 },
  );
}

function toSequence(context: runtimeV1.SequenceContext__Output | null): SequenceContext | undefined {
  if (context === null || context === undefined) return undefined;
  return { id: context.sequenceId, isStart: context.isStart, isEnd: context.isEnd };
}

/** Provenance of a finished run. */
export function toProvenance(
  outcome: ModelOutcome,
  model: { readonly name: string; readonly version: string; readonly arrived: bigint },
): runtimeV1.Provenance {
  const { loaded, queueUs, timings, inputSha256, batchSize, steps, sequence } = outcome;
  const [contract] = CONTRACT_VERSIONS;
  return {
    modelName: model.name,
    modelVersion: model.version,
    packageSha256: loaded.packageSha256,
    onnxSha256: loaded.onnxSha256,
    runtime: RUNTIME_NAME,
    engine: loaded.engine,
    executionProvider: loaded.provider,
    batchSize,
    timings: { queueUs, ...timings, totalUs: Number((process.hrtime.bigint() - model.arrived) / 1000n) },
    completedAt: toTimestamp(Date.now()),
    contractVersion: `${contract.major}.${contract.minor}`,
    inputSha256,
    ...(steps && { steps: steps.map((step) => ({ ...step })) }),
    ...(sequence && { sequenceId: sequence.id, sequencePosition: sequence.position }),
  };
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
