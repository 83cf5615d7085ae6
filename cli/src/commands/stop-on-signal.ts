import { DeepHealthError } from '@deephealth/sdk';

/**
 * Stops at SIGINT or SIGTERM. `stopped` resolves when a stop was asked for and done; `isStopping`
 * tells from the asking on. A second signal of either kind finds no listener and so ends the
 * process at once, as the system does by default.
 */
export function stopOnSignal(stop: () => Promise<void>): { stopped: Promise<void>; isStopping: () => boolean } {
  let isStopping = false;
  const stopped = new Promise<void>((resolve, reject) => {
    const onSignal = () => {
      isStopping = true;
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      stop().then(resolve, reject);
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  });
  return { stopped, isStopping: () => isStopping };
}

/**
 * Runs work that SIGINT and SIGTERM abort, and waits for it to end. A second signal ends the process at once.
 */
export async function abortOnSignal<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = () => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    controller.abort(
      new DeepHealthError('DH_CANCELLED', 'Ended by a signal. What was done is kept: the same command goes on.'),
    );
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await run(controller.signal);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
