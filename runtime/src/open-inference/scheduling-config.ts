import type { inferenceV2 } from '@deephealth/proto';
import { DEFAULT_SEQUENCE_IDLE_MS, type Manifest, type TensorSpec } from '@deephealth/sdk';
import { PRIORITIES } from '../lifecycle/priority.js';
import type { ServedModel, ServedPackage } from './served-model.js';

/** A tensor's type and extents in the words of Triton. */
interface DescribedTensor {
  readonly dataType: inferenceV2.DataType;
  readonly dims: readonly number[];
}

/** At most one of both is set, as `scheduling_choice` demands. */
export interface SchedulingConfig {
  readonly dynamicBatching?: inferenceV2.ModelDynamicBatching;
  readonly sequenceBatching?: inferenceV2.ModelSequenceBatching;
}

/**
 * The number that clients take for Triton's `max_batch_size`: the largest run that is served, 0
 * where each request runs by itself.
 *
 * Above 0 it promises that the first extent of every tensor is the batch, and a client takes that
 * extent off the shapes of ModelMetadata; so it stays 0 for a model with any other tensor.
 */
export function maxBatchSize({ manifest, batching }: ServedPackage): number {
  const largest = Math.max(1, ...(batching?.servedSizes ?? []));
  const isBatched = [...manifest.tensors.inputs, ...manifest.tensors.outputs].every(({ shape }) => shape[0] === -1);
  return largest > 1 && isBatched ? largest : 0;
}

/** How requests of the model are scheduled. */
export function schedulingConfig(
  loaded: ServedPackage,
  limits: ServedModel['limits'],
  describe: (tensor: TensorSpec) => DescribedTensor,
): SchedulingConfig {
  const { manifest } = loaded;
  if (manifest.sequence !== undefined) {
    return { sequenceBatching: sequenceBatching(manifest, limits, describe) };
  }
  if (maxBatchSize(loaded) === 0) return {};
  return {
    dynamicBatching: {
      preferredBatchSize: (loaded.batching?.servedSizes ?? []).filter((size) => size > 1),
      // No request waits for company: a run takes what is there when it begins.
      maxQueueDelayMicroseconds: 0,
      preserveOrdering: false,
      priorityLevels: PRIORITIES.length,
      defaultPriorityLevel: PRIORITIES.indexOf('ROUTINE') + 1,
      defaultQueuePolicy: {
        timeoutAction: 'REJECT',
        allowTimeoutOverride: true,
        maxQueueSize: limits.maxQueueLength,
      },
    },
  };
}

function sequenceBatching(
  manifest: Manifest,
  limits: ServedModel['limits'],
  describe: (tensor: TensorSpec) => DescribedTensor,
): inferenceV2.ModelSequenceBatching {
  const states = manifest.sequence?.state ?? [];
  return {
    maxSequenceIdleMicroseconds: (manifest.sequence?.idleTimeoutMs ?? DEFAULT_SEQUENCE_IDLE_MS) * 1000,
    oldest: { maxCandidateSequences: limits.maxSequences },
    state: states.map((state) => {
      const tensor = manifest.tensors.inputs.find(({ name }) => name === state.input);
      if (tensor === undefined) throw new Error('a parsed manifest keeps state in a tensor that it does not declare');
      const { dataType, dims } = describe(tensor);
      return { inputName: state.input, outputName: state.output, dataType, dims: [...dims] };
    }),
  };
}
