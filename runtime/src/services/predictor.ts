import { CONTRACT_VERSIONS, type runtimeV1 } from '@deephealth/proto';
import { type CallContext, DeepHealthError } from '@deephealth/sdk';
import { admitRequest } from '../admission/admit-request.js';
import type { PredictionResult } from '../host/host-messages.js';
import type { RunOutcome } from '../lifecycle/run-lane.js';
import type { Loaded } from '../lifecycle/start-host.js';
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
    if (request.sequenceContext !== null && request.sequenceContext !== undefined) {
      throw new DeepHealthError(
        'DH_FEATURE_UNSUPPORTED',
        'This server keeps no state between requests; leave "sequence_context" out.',
        { details: { field: 'sequence_context' } },
      );
    }
    const model = this.#store.find(request.modelName, request.modelVersion);
    model.assertServing();
    const loaded = model.loaded as Loaded;
    checkPinnedDigest(request.expectedPackageSha256, loaded);
    const { inputs, outputs, warnings } = admitRequest(loaded.manifest, request.inputs, request.outputs, this.#limits);
    const outcome: RunOutcome<PredictionResult> = await model.run({
      deadlineMs: Math.min(context.deadlineMs, Date.now() + this.#limits.defaultDeadlineMs),
      signal: context.signal,
      payload: { type: 'predict', inputs, outputs },
    });
    // The version may have been verified anew from other files while the request waited.
    if (outcome.loaded !== loaded) {
      if (outcome.loaded.packageSha256 !== loaded.packageSha256) {
        throw new DeepHealthError(
          'DH_MODEL_NOT_READY',
          'The model package was replaced while the request waited. Send it again.',
          { retryAfterMs: 100 },
        );
      }
    }
    const { result } = outcome;
    return {
      requestId: request.requestId,
      findings: [...result.findings],
      provenance: toProvenance(outcome, { name: model.name, version: model.version, arrived }),
      warnings: [...warnings, ...result.warnings],
    };
  }
}

/** Provenance of a finished run. */
export function toProvenance(
  outcome: RunOutcome<Pick<PredictionResult, 'timings' | 'inputSha256'>>,
  model: { readonly name: string; readonly version: string; readonly arrived: bigint },
): runtimeV1.Provenance {
  const { loaded, result, queueUs } = outcome;
  const [contract] = CONTRACT_VERSIONS;
  return {
    modelName: model.name,
    modelVersion: model.version,
    packageSha256: loaded.packageSha256,
    onnxSha256: loaded.onnxSha256,
    runtime: RUNTIME_NAME,
    engine: loaded.engine,
    executionProvider: 'cpu',
    batchSize: 1,
    timings: { queueUs, ...result.timings, totalUs: Number((process.hrtime.bigint() - model.arrived) / 1000n) },
    completedAt: toTimestamp(Date.now()),
    contractVersion: `${contract.major}.${contract.minor}`,
    inputSha256: result.inputSha256,
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
