import { DeepHealthError } from '@deephealth/sdk';

export function runNotFound(): DeepHealthError {
  return new DeepHealthError('DH_RUN_NOT_FOUND', 'There is no such run.');
}

export function requestInvalid(field: string, sentence: string): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_REQUEST_INVALID', `Field "${field}": ${sentence}`, { details: { field } });
}

export function runCanceled(): DeepHealthError {
  return new DeepHealthError('DH_RUN_CANCELED', 'The run was cancelled.');
}
