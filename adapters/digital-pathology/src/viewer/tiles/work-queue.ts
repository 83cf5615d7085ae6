import { DeepHealthError } from '@deephealth/sdk';

/** Work of which some goes on at a time, and some waits. */
export interface WorkQueue {
  /**
   * Runs when there is room; work whose signal is aborted while it waits is never begun.
   *
   * @throws DH_QUEUE_FULL if too much waits already, DH_CANCELLED, and what the work throws
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function createWorkQueue({ atOnce, mostWaiting }: { atOnce: number; mostWaiting: number }): WorkQueue {
  // A set keeps its order, and what gives up leaves it at once.
  const waiting = new Set<() => void>();
  let running = 0;

  function next(): void {
    const [first] = waiting;
    if (first === undefined || running >= atOnce) return;
    waiting.delete(first);
    first();
  }

  function turn(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(cancelled());
    if (waiting.size >= mostWaiting) {
      return Promise.reject(
        new DeepHealthError('DH_QUEUE_FULL', 'Too many tiles are asked for at a time. Ask again in a moment.'),
      );
    }
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal.removeEventListener('abort', giveUp);
        running++;
        resolve();
      };
      const giveUp = () => {
        waiting.delete(begin);
        reject(cancelled());
      };
      signal.addEventListener('abort', giveUp, { once: true });
      waiting.add(begin);
      next();
    });
  }

  return {
    async run(work, signal) {
      await turn(signal);
      try {
        return await work();
      } finally {
        running--;
        next();
      }
    },
  };
}

function cancelled(): DeepHealthError {
  return new DeepHealthError('DH_CANCELLED', 'Nobody waits for the tile any more.');
}
