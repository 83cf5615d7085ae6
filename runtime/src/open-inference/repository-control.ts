import type { inferenceV2 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import { findModel } from './find-model.js';
import type { ModelLookup, ModelRepository } from './served-model.js';

type Parameters = inferenceV2.RepositoryModelLoadRequest__Output['parameters'];

/**
 * Loads a model by name. It is never loaded as anything but its package says: the parameters
 * `config` and `file:*` are refused, because what serves must be what was verified.
 *
 * Failures keep their code and begin with the words of Triton. Throws DH_MODEL_NOT_FOUND for a
 * model that no repository holds.
 */
export async function loadModel(
  repository: ModelRepository,
  { repositoryName, modelName, parameters }: inferenceV2.RepositoryModelLoadRequest__Output,
): Promise<inferenceV2.RepositoryModelLoadResponse> {
  refuseRepositoryName(repositoryName);
  requireName(modelName);
  checkLoadParameters(parameters);
  try {
    await repository.load(modelName);
  } catch (thrown) {
    throw loadFailure(modelName, DeepHealthError.from(thrown));
  }
  return {};
}

/**
 * Unloads every version of a model. `unload_dependents` is accepted either way: no model here
 * depends on another one. Throws DH_MODEL_NOT_FOUND.
 */
export async function unloadModel(
  models: ModelLookup,
  repository: ModelRepository,
  { repositoryName, modelName, parameters }: inferenceV2.RepositoryModelUnloadRequest__Output,
): Promise<inferenceV2.RepositoryModelUnloadResponse> {
  refuseRepositoryName(repositoryName);
  requireName(modelName);
  for (const [name, value] of Object.entries(parameters)) {
    if (name !== 'unload_dependents') throw unknownParameter('unload', name);
    if (value.boolParam === undefined) throw wrongType(`'unload_dependents' parameter`, name, 'bool_param');
  }
  findModel(models, modelName, '');
  await repository.unload(modelName);
  return {};
}

/** There is one repository, whatever the number of its folders. */
export function refuseRepositoryName(repositoryName: string): void {
  if (repositoryName === '') return;
  throw new DeepHealthError(
    'DH_FEATURE_UNSUPPORTED',
    "'repository_name' specification is not supported. Leave it empty: a server has one repository.",
    { details: { field: 'repository_name' } },
  );
}

function requireName(modelName: string): void {
  if (modelName !== '') return;
  throw new DeepHealthError('DH_REQUEST_MALFORMED', 'Field "model_name" is empty.', {
    details: { field: 'model_name' },
  });
}

function checkLoadParameters(parameters: Parameters): void {
  for (const [name, value] of Object.entries(parameters)) {
    const isConfig = name === 'config';
    if (!isConfig && !name.startsWith('file:')) throw unknownParameter('load', name);
    const isRightType = isConfig ? value.stringParam !== undefined : value.bytesParam !== undefined;
    if (!isRightType) {
      throw wrongType(`load parameter '${shorten(name)}'`, name, isConfig ? 'string_param' : 'bytes_param');
    }
    throw new DeepHealthError(
      'DH_PARAMETER_UNSUPPORTED',
      `Load parameter '${shorten(name)}' is not supported: a model is served as the package that was verified. Change the package and load it again.`,
      { details: { parameter: shorten(name) } },
    );
  }
}

function unknownParameter(act: 'load' | 'unload', name: string): DeepHealthError {
  return new DeepHealthError('DH_PARAMETER_UNSUPPORTED', `unrecognized ${act} parameter '${shorten(name)}'`, {
    details: { parameter: shorten(name) },
  });
}

function wrongType(what: string, name: string, expected: string): DeepHealthError {
  return new DeepHealthError('DH_PARAMETER_INVALID', `invalid value type for ${what}, expected ${expected}.`, {
    details: { parameter: shorten(name), expected },
  });
}

function loadFailure(modelName: string, error: DeepHealthError): DeepHealthError {
  const prefix = `failed to load '${shorten(modelName)}'`;
  const isUnknown = error.code === 'DH_MODEL_NOT_FOUND';
  // What stopped a load is the package's fault, be it memory that would be the caller's for a run.
  const code = error.code === 'DH_MODEL_MEMORY_EXCEEDED' ? 'DH_MODEL_LOAD_FAILED' : error.code;
  return new DeepHealthError(
    code,
    isUnknown
      ? `${prefix}, failed to poll from model repository`
      : `${prefix}, no version is available: ${error.message}`,
    {
      details: { ...error.details, model: shorten(modelName), reason: error.reason },
      cause: error,
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    },
  );
}
