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
