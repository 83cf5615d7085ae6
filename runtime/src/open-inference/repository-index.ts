import type { inferenceV2 } from '@deephealth/proto';
import type { ModelState } from '../lifecycle/model-version.js';
import { refuseRepositoryName } from './repository-control.js';
import type { ModelLookup, ServedModel } from './served-model.js';

const INDEX_STATES: Readonly<Record<ModelState, string>> = {
  DISCOVERED: 'LOADING',
  VERIFYING: 'LOADING',
  READY: 'READY',
  DRAINING: 'UNLOADING',
  UNLOADED: 'UNAVAILABLE',
  QUARANTINED: 'UNAVAILABLE',
};

/** Every version with its state, or only those that are ready. */
export function repositoryIndex(
  models: ModelLookup,
  { repositoryName, ready }: inferenceV2.RepositoryIndexRequest__Output,
): inferenceV2.RepositoryIndexResponse {
  refuseRepositoryName(repositoryName);
  const listed = models.all().filter((model) => !ready || (model.state === 'READY' && !model.suspension));
  return { models: listed.map(toIndex) };
}

function toIndex(model: ServedModel) {
  if (model.suspension !== undefined && model.state === 'READY') {
    const reason = `suspended: ${model.suspension.reason}`;
    return { name: model.name, version: model.version, state: 'UNAVAILABLE', reason };
  }
  const reason = model.reason?.message ?? (model.state === 'UNLOADED' ? 'unloaded' : '');
  return { name: model.name, version: model.version, state: INDEX_STATES[model.state], reason };
}
