import type { inferenceV2 } from '@deephealth/proto';
import type { TensorSpec } from '@deephealth/sdk';
import { findServing } from './find-model.js';
import { modelPlatform } from './model-platform.js';
import type { ModelLookup } from './served-model.js';
import { visibleInputs, visibleOutputs } from './visible-tensors.js';

/**
 * Tensors of a version that serves, each shape whole, with -1 for what may vary. Field 6 of the
 * message means different things to different servers and is never set.
 */
export function modelMetadata(
  models: ModelLookup,
  { name, version }: inferenceV2.ModelMetadataRequest__Output,
): inferenceV2.ModelMetadataResponse {
  const { model, loaded } = findServing(models, name, version);
  const describe = (tensor: TensorSpec) => ({
    name: tensor.name,
    datatype: tensor.dataType,
    shape: [...tensor.shape],
  });
  return {
    name: model.name,
    versions: models
      .versions(model.name)
      .filter(({ state }) => state === 'READY')
      .map((ready) => ready.version),
    platform: modelPlatform(loaded.manifest).platform,
    inputs: visibleInputs(loaded.manifest).map(describe),
    outputs: visibleOutputs(loaded.manifest).map(describe),
  };
}
