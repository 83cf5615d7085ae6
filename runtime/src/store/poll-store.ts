import { DeepHealthError } from '@deephealth/sdk';
import type { Log } from '../log.js';
import type { ModelStore } from './model-store.js';

/** Follows the store folders; a look begins when the one before it is done. Returns what stops it. */
export function pollStore(store: ModelStore, intervalMs: number, log: Log): () => void {
  let timer: NodeJS.Timeout;
  let isStopped = false;
  const next = () => {
    timer = setTimeout(() => void look(), intervalMs);
    timer.unref();
  };
  const look = async () => {
    try {
      await store.poll();
    } catch (thrown) {
      // A folder on a network may come back; what serves goes on meanwhile.
      log('error', 'store.unreadable', { message: DeepHealthError.from(thrown).message });
    }
    if (!isStopped) next();
  };
  next();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
