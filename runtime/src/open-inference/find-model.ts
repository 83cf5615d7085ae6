import { DeepHealthError } from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import type { RequestMark } from '../control/choose-version.js';
import { routeRequest } from '../control/route-request.js';
import type { SequenceContext } from '../sequences/sequence-table.js';
import type { ModelLookup, ServedModel, ServedPackage } from './served-model.js';

/**
 * A model version by the request's names. Unknown ones get the sentence that existing clients look
 * for. Throws DH_MODEL_NOT_FOUND or DH_MODEL_VERSION_NOT_FOUND.
 */
export function findModel(models: ModelLookup, name: string, version: string): ServedModel {
  return known(name, () => models.find(name, version), version);
}

function known<T>(name: string, find: () => T, version = ''): T {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof DeepHealthError)) throw error;
    const suffix = error.code === 'DH_MODEL_VERSION_NOT_FOUND' ? ` version ${shorten(version)}` : '';
    throw new DeepHealthError(error.code, `Request for unknown model: '${shorten(name)}'${suffix} is not found`, {
      details: error.details,
      cause: error,
    });
  }
}

/**
 * A version that serves, with its package. Throws as {@link findModel} does, and the version's own
 * error while it does not serve; that of a version which may serve soon holds the words of Triton.
 *
 * @param sequence what the request says of its sequence: an open one stays on its version
 * @param mark by what a rollout knows the request again
 */
export function findServing(
  models: ModelLookup,
  name: string,
  version: string,
  sequence?: SequenceContext,
  mark: RequestMark = { id: '', tenant: '' },
): { readonly model: ServedModel; readonly loaded: ServedPackage; readonly byRollout: boolean } {
  const { choose } = models;
  const store = {
    versions: (of: string) => models.versions(of),
    find: (of: string, wanted: string) => findModel(models, of, wanted),
    isCandidate: (of: string, wanted: string) => models.isCandidate?.(of, wanted) === true,
    ...(choose && { choose: (of: string, by: RequestMark) => known(of, () => choose.call(models, of, by)) }),
  };
  const { model, byRollout } = routeRequest(store, name, version, sequence, mark);
  try {
    model.assertServing();
  } catch (error) {
    if (!(error instanceof DeepHealthError) || error.code !== 'DH_MODEL_NOT_READY') throw error;
    throw new DeepHealthError(
      error.code,
      `Request for unknown model: '${model.name}' version ${model.version} is not at ready state. ${error.message}`,
      {
        details: error.details,
        cause: error,
        ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      },
    );
  }
  if (model.loaded === undefined) throw new Error('a version that serves has no package');
  return { model, loaded: model.loaded, byRollout };
}
