import type { inferenceV2 } from '@deephealth/proto';
import type { CallContext } from '@deephealth/sdk';
import { RequestWatch, type RequestWatchOptions } from '../observability/request-watch.js';
import { assertSamePackage } from '../services/assert-same-package.js';
import { findServing } from './find-model.js';
import { admitInferInputs } from './infer-inputs.js';
import { toInferResponse } from './infer-response.js';
import { checkSequence, requestParameters, sequenceContext } from './request-parameters.js';
import { requestedOutputs } from './requested-outputs.js';
import type { ModelLookup, ServedPackage } from './served-model.js';
import type { SharedMemoryRegions } from './shared-memory/shared-memory-regions.js';

export interface ModelInferOptions {
  readonly models: ModelLookup;
  readonly maxTensorElements: number;
  /** Given to a request that states no deadline, in ms, so that nothing waits for ever. */
  readonly defaultDeadlineMs: number;
  /** Undefined where shared memory is off. */
  readonly sharedMemory: SharedMemoryRegions | undefined;
  readonly watch: RequestWatchOptions;
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
  return RequestWatch.answer(options.watch, 'ModelInfer', context.header, (watch) =>
    infer(options, request, context, watch),
  );
}

async function infer(
  options: ModelInferOptions,
  request: inferenceV2.ModelInferRequest__Output,
  context: CallContext,
  watch: RequestWatch,
): Promise<inferenceV2.ModelInferResponse> {
  const sequence = sequenceContext(request.parameters);
  const { model, loaded } = findServing(options.models, request.modelName, request.modelVersion, sequence);
  watch.isFor(model, loaded.packageSha256);
  const { signal } = context;
  let admitted: ReturnType<typeof admit>;
  try {
    admitted = admit(options, loaded, request);
    checkSequence(loaded.manifest, sequence);
  } catch (refusal) {
    const item = sequence === undefined ? {} : { sequence };
    return model.refuse({ deadlineMs: deadlineMs(options, context), signal, priority: 'ROUTINE', ...item }, refusal);
  }
  const { parameters, outputs, tensors } = admitted;
  watch.hasPriority(parameters.priority);
  // Written out: copying an object into another one took an eighth of a small request's time.
  const outcome = await model.run({
    signal,
    onQueued: watch.onQueued,
    deadlineMs: deadlineMs(options, context, parameters.timeoutMs),
    priority: parameters.priority,
    payload: { type: 'infer', tensors, outputs: outputs.map(({ spec }) => spec.name) },
    sequence,
  });
  assertSamePackage(loaded, outcome.loaded);
  watch.ran(outcome);
  const { sharedMemory } = options;
  return toInferResponse({ id: request.id, model, parameters, outputs, sharedMemory }, outcome);
}

function admit(
  { maxTensorElements, sharedMemory }: ModelInferOptions,
  { manifest }: ServedPackage,
  request: inferenceV2.ModelInferRequest__Output,
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
  const statedMs = Math.min(context.deadlineMs, Date.now() + timeoutMs);
  return Number.isFinite(statedMs) ? statedMs : Date.now() + defaultDeadlineMs;
}
