import type { inferenceV2 } from '@deephealth/proto';
import { type CallContext, DeepHealthError } from '@deephealth/sdk';
import { findServing } from './find-model.js';
import { admitInferInputs } from './infer-inputs.js';
import { toInferResponse } from './infer-response.js';
import { checkSequence, requestParameters, sequenceContext } from './request-parameters.js';
import { requestedOutputs } from './requested-outputs.js';
import type { InferOutcome, ModelLookup, ServedPackage } from './served-model.js';
import type { SharedMemoryRegions } from './shared-memory/shared-memory-regions.js';

export interface ModelInferOptions {
  readonly models: ModelLookup;
  readonly maxTensorElements: number;
  /** Longest time that a request may take, in ms, so that nothing waits for ever. */
  readonly defaultDeadlineMs: number;
  /** Undefined where shared memory is off. */
  readonly sharedMemory: SharedMemoryRegions | undefined;
}

/**
 * One request from admission to answer. All of it is checked before it waits for a run, and nothing
 * is awaited before that: items of a sequence are accepted in the order in which they come.
 */
export async function modelInfer(
  options: ModelInferOptions,
  request: inferenceV2.ModelInferRequest__Output,
  context: CallContext,
): Promise<inferenceV2.ModelInferResponse> {
  const sequence = sequenceContext(request.parameters);
  const { model, loaded } = findServing(options.models, request.modelName, request.modelVersion, sequence);
  const call = { deadlineMs: deadlineMs(options, context), signal: context.signal, ...(sequence && { sequence }) };
  let admitted: ReturnType<typeof admit>;
  try {
    admitted = admit(options, loaded, request);
    checkSequence(loaded.manifest, sequence);
  } catch (refusal) {
    return model.refuse({ ...call, priority: 'ROUTINE' }, refusal);
  }
  const { parameters, outputs, tensors } = admitted;
  const outcome = await model.run({
    ...call,
    deadlineMs: deadlineMs(options, context, parameters.timeoutMs),
    priority: parameters.priority,
    payload: { type: 'infer', tensors, outputs: outputs.map(({ spec }) => spec.name) },
  });
  assertSamePackage(loaded, outcome);
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
  return Math.min(context.deadlineMs, Date.now() + Math.min(defaultDeadlineMs, timeoutMs));
}

/** The version may have been verified anew from other files while the request waited. */
function assertSamePackage(admittedFor: ServedPackage, { loaded }: InferOutcome): void {
  if (loaded.packageSha256 === admittedFor.packageSha256) return;
  throw new DeepHealthError(
    'DH_MODEL_NOT_READY',
    'The model package was replaced while the request waited. Send it again.',
    { retryAfterMs: 100 },
  );
}
