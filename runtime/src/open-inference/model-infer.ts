import type { inferenceV2 } from '@deephealth/proto';
import { assertPermitted, type CallContext } from '@deephealth/sdk';
import type { Callers } from '../access/callers.js';
import type { Face } from '../audit/audit-event.js';
import { tensorsDigest } from '../audit/output-digest.js';
import type { ShadowRuns } from '../control/shadow-runs.js';
import { digestInputs } from '../host/input-digest.js';
import { monotonicDeadline, monotonicMs } from '../lifecycle/deadline-clock.js';
import { RequestWatch, type RequestWatchOptions } from '../observability/request-watch.js';
import { loseUnanswered } from '../sequences/lose-unanswered.js';
import { assertSamePackage } from '../services/assert-same-package.js';
import { findServing } from './find-model.js';
import { admitInferInputs } from './infer-inputs.js';
import { toInferResponse } from './infer-response.js';
import { checkPinnedPackage } from './pinned-package.js';
import { checkSequence, requestParameters, sequenceContext } from './request-parameters.js';
import { requestedOutputs } from './requested-outputs.js';
import type { ModelLookup, ServedPackage } from './served-model.js';
import type { SharedMemoryRegions } from './shared-memory/shared-memory-regions.js';
import type { TenantRegions } from './shared-memory/tenant-regions.js';

export interface ModelInferOptions {
  readonly models: ModelLookup;
  readonly maxTensorElements: number;
  /** Given to a request that states no deadline, in ms, so that nothing waits for ever. */
  readonly defaultDeadlineMs: number;
  /** Undefined where shared memory is off. */
  readonly sharedMemory: TenantRegions | undefined;
  readonly callers: Callers;
  readonly watch: RequestWatchOptions;
  readonly shadows: ShadowRuns | undefined;
}

/**
 * One request from admission to answer. All of it is checked before it waits for a run, and nothing
 * is awaited before that: items of a sequence are accepted in the order in which they come.
 */
export function modelInfer(
  options: ModelInferOptions,
  request: inferenceV2.ModelInferRequest__Output,
  context: CallContext,
): Promise<inferenceV2.ModelInferResponse> {
  const watched = { call: 'ModelInfer', face: faceOf(context), requestId: request.id, context } as const;
  return RequestWatch.answer(options.watch, watched, (watch) => infer(options, request, context, watch));
}

const NONE: readonly string[] = [];
const FACES = { stream: 'open-inference-stream', http: 'open-inference-http' } as const;

function faceOf({ transport }: CallContext): Face {
  return transport === undefined ? 'open-inference' : FACES[transport];
}

async function infer(
  options: ModelInferOptions,
  request: inferenceV2.ModelInferRequest__Output,
  context: CallContext,
  watch: RequestWatch,
): Promise<inferenceV2.ModelInferResponse> {
  const caller = options.callers.of(context);
  assertPermitted(caller, 'predict', request.modelName);
  const sequence = sequenceContext(request.parameters, caller.tenant);
  const sharedMemory = options.sharedMemory?.of(caller.tenant);
  const mark = { id: request.id, tenant: caller.tenant };
  const { modelName, modelVersion } = request;
  const { model, loaded, byRollout } = findServing(options.models, modelName, modelVersion, sequence, mark);
  watch.isFor(model, loaded.packageSha256);
  const { signal } = context;
  let admitted: ReturnType<typeof admit>;
  try {
    watch.assertRecordable();
    checkPinnedPackage(request.parameters, context.header, loaded.packageSha256);
    admitted = admit(options, loaded, request, sharedMemory);
    checkSequence(loaded.manifest, sequence);
  } catch (refusal) {
    const item = sequence === undefined ? {} : { sequence };
    return model.refuse({ deadlineMs: deadlineMs(options, context), signal, priority: 'ROUTINE', ...item }, refusal);
  }
  const { parameters, outputs, tensors } = admitted;
  watch.hasPriority(parameters.priority);
  // Written out: copying an object into another one took an eighth of a small request's time.
  const running = model.run({
    signal,
    onQueued: watch.onQueued,
    deadlineMs: deadlineMs(options, context, parameters.timeoutMs),
    priority: parameters.priority,
    payload: { type: 'infer', tensors, outputs: outputs.map(({ spec }) => spec.name) },
    sequence,
  });
  // While the model runs.
  const inputSha256 = watch.isAudited ? digestInputs(tensors) : '';
  const outcome = await running;
  assertSamePackage(loaded, outcome.loaded);
  if (watch.isAudited) {
    // Before the answer is made: one in shared memory is there as soon as it is.
    const recorded = watch.record({
      model,
      loaded: outcome.loaded,
      inputSha256,
      outputSha256: tensorsDigest(outcome.result.tensors),
      batchSize: outcome.batchSize,
      outputs: request.outputs.map(({ name }) => name),
      highlights: NONE,
      warnings: NONE,
      abstained: false,
      sequence: sequence && outcome.sequence && { id: sequence.id, position: outcome.sequence.position },
    });
    try {
      await recorded;
    } catch (thrown) {
      loseUnanswered(model, sequence);
      throw thrown;
    }
    // It may have been stopped while the record was written.
    if (model.suspension !== undefined) model.assertServing();
  }
  watch.ran(outcome);
  options.shadows?.offer(model, sequence !== undefined || sharedMemory !== undefined, {
    answer: { tensors: outcome.result.tensors },
    payloadFor: ({ manifest }) => ({
      type: 'infer',
      tensors: admitInferInputs(manifest, request, { ...options, sharedMemory }),
      outputs: requestedOutputs(manifest, request, sharedMemory).map(({ spec }) => spec.name),
    }),
  });
  return toInferResponse({ id: request.id, model, parameters, outputs, sharedMemory, byRollout }, outcome);
}

function admit(
  { maxTensorElements }: ModelInferOptions,
  { manifest }: ServedPackage,
  request: inferenceV2.ModelInferRequest__Output,
  sharedMemory: SharedMemoryRegions | undefined,
) {
  const parameters = requestParameters(request.parameters);
  const outputs = requestedOutputs(manifest, request, sharedMemory);
  const tensors = admitInferInputs(manifest, request, { maxTensorElements, sharedMemory });
  return { parameters, outputs, tensors };
}

function deadlineMs(
  { defaultDeadlineMs }: ModelInferOptions,
  context: CallContext,
  timeoutMs = Number.POSITIVE_INFINITY,
): number {
  const statedMs = Math.min(monotonicDeadline(context), monotonicMs() + timeoutMs);
  return Number.isFinite(statedMs) ? statedMs : monotonicMs() + defaultDeadlineMs;
}
