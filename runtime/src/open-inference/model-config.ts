import type { inferenceV2 } from '@deephealth/proto';
import type { DataTypeName, TensorSpec } from '@deephealth/sdk';
import type { VersionPolicy } from '../store/version-policy.js';
import { findServing } from './find-model.js';
import { modelPlatform } from './model-platform.js';
import { maxBatchSize, schedulingConfig } from './scheduling-config.js';
import type { ModelLookup } from './served-model.js';
import { visibleInputs, visibleOutputs } from './visible-tensors.js';

/** `sequence_batching` is written once the contract declares it; until then the codec leaves it out. */
type Config = inferenceV2.ModelConfig;

/**
 * Triton's configuration of a version that serves, as far as clients read it: what they need to
 * form requests, and how these are scheduled.
 *
 * With `max_batch_size` above 0 the extents are those of one item, without the batch; with 0 they
 * are the whole shape.
 */
export function modelConfig(
  models: ModelLookup,
  { name, version }: inferenceV2.ModelConfigRequest__Output,
  versionPolicy: (name: string) => VersionPolicy,
): inferenceV2.ModelConfigResponse {
  const { model, loaded } = findServing(models, name, version);
  const { manifest } = loaded;
  const { platform, backend } = modelPlatform(manifest);
  const largest = maxBatchSize(loaded);
  const describe = ({ dataType, shape }: TensorSpec) => ({
    dataType: TYPE_OF[dataType],
    dims: largest > 0 ? shape.slice(1) : [...shape],
  });
  const config: Config = {
    name: model.name,
    platform,
    backend,
    versionPolicy: toVersionPolicy(versionPolicy(model.name)),
    maxBatchSize: largest,
    input: visibleInputs(manifest).map((tensor) => ({ name: tensor.name, ...describe(tensor) })),
    output: visibleOutputs(manifest).map((tensor) => ({ name: tensor.name, ...describe(tensor) })),
    instanceGroup: [
      {
        name: `${model.name}_0`,
        count: Math.max(1, Math.min(manifest.execution?.instances ?? 1, model.limits.instances)),
        kind: 'KIND_CPU',
      },
    ],
    ...schedulingConfig(loaded, model.limits, describe),
    modelTransactionPolicy: { decoupled: false },
  };
  return { config };
}

function toVersionPolicy(policy: VersionPolicy): inferenceV2.ModelVersionPolicy {
  if (policy === 'all') return { all: {} };
  if ('latest' in policy) return { latest: { numVersions: policy.latest } };
  // The protocol knows whole numbers only; a policy that names others cannot be told in its words.
  if (policy.specific.every((version) => /^[0-9]+$/.test(version))) {
    return { specific: { versions: [...policy.specific] } };
  }
  return { all: {} };
}

const TYPE_OF: Readonly<Record<DataTypeName, `TYPE_${Exclude<DataTypeName, 'BYTES'> | 'STRING'}`>> = {
  BOOL: 'TYPE_BOOL',
  UINT8: 'TYPE_UINT8',
  UINT16: 'TYPE_UINT16',
  UINT32: 'TYPE_UINT32',
  UINT64: 'TYPE_UINT64',
  INT8: 'TYPE_INT8',
  INT16: 'TYPE_INT16',
  INT32: 'TYPE_INT32',
  INT64: 'TYPE_INT64',
  FP16: 'TYPE_FP16',
  FP32: 'TYPE_FP32',
  FP64: 'TYPE_FP64',
  BYTES: 'TYPE_STRING',
  BF16: 'TYPE_BF16',
};
