import { DeepHealthError } from '@deephealth/sdk';

const OUT_OF_MEMORY = /bad_alloc|allocate memory|out of memory|failed to allocate|not enough memory/i;

/** What the engine's own words at a load mean to us. They stay in the cause: they may name nodes and files. */
export function loadFailure(cause: unknown): DeepHealthError {
  return OUT_OF_MEMORY.test(String(cause))
    ? new DeepHealthError(
        'DH_MODEL_MEMORY_EXCEEDED',
        'Loading the graph needs more memory than the limit of the model.',
        { cause },
      )
    : new DeepHealthError(
        'DH_MODEL_LOAD_FAILED',
        'The inference engine refused the graph. `deephealth validate` shows its reason.',
        { cause },
      );
}

/** What the engine's own words at a run mean to us. */
export function runFailure(cause: unknown): DeepHealthError {
  return OUT_OF_MEMORY.test(String(cause))
    ? new DeepHealthError(
        'DH_MODEL_MEMORY_EXCEEDED',
        'Running the graph needs more memory than the limit of the model.',
        { cause },
      )
    : new DeepHealthError('DH_MODEL_RUN_FAILED', 'The inference engine could not run the graph on this input.', {
        cause,
      });
}
