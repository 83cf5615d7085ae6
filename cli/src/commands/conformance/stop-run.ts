/** The first Ctrl-C ends a run and keeps what it found; the second ends this process, and `kill` what it started. */
export function stopRun(kill: () => void): { readonly signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) {
      kill();
      process.exit(130);
    }
    process.stderr.write('\nStopping. What was found so far is reported; once more ends it at once.\n');
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    forget: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}
