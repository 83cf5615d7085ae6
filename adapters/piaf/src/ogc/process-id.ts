import { DeepHealthError } from '@deephealth/sdk';
import type { ServedChain } from '../runs/run-service.js';

/**
 * Ids of processes have no slash: "<model>.<version>.<label>". A version has dots of its own, so an id is looked up
 * and never taken apart.
 */
export function processId(chain: string): string {
  return chain.replaceAll('/', '.');
}

/** @throws DH_WORKFLOW_UNSUPPORTED */
export function chainOfProcess(chains: readonly ServedChain[], id: string): ServedChain {
  const found = chains.find((chain) => processId(chain.id) === id || chain.id === id);
  if (found !== undefined) return found;
  throw new DeepHealthError('DH_WORKFLOW_UNSUPPORTED', 'There is no such process. GET processes lists what there is.', {
    details: { field: 'processID' },
  });
}
