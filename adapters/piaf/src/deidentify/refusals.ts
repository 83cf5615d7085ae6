import { DeepHealthError } from '@deephealth/sdk';

/** May still identify a person, and there is no rule to clean it by. The sentence goes on after "The file"; it holds no value. */
export function refusal(sentence: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_DEIDENTIFICATION_REFUSED', `The file ${sentence}.`, { cause });
}

/** Not what the chain takes, empty, or damaged. The sentence goes on after "The file"; it holds no value. */
export function invalid(sentence: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_INPUT_INVALID', `The file ${sentence}.`, { cause });
}

/** Throws DH_RUN_CANCELED once the signal is aborted. */
export function throwIfCanceled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DeepHealthError('DH_RUN_CANCELED', 'The run was cancelled while inputs were cleaned.');
}
