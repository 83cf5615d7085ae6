const QUIET_MS = 1000;

/**
 * Says on standard error what is being done once it takes longer than a second, and how long it
 * took. Silent for quick work and for --json.
 */
export async function withProgress<T>(what: string, isQuiet: boolean, run: () => Promise<T>): Promise<T> {
  if (isQuiet) return run();
  const started = Date.now();
  let isShown = false;
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    if (process.stderr.isTTY) process.stderr.write(`\r${what} ... ${seconds} s`);
    else if (!isShown) process.stderr.write(`${what} ...\n`);
    isShown = true;
  }, QUIET_MS);
  try {
    return await run();
  } finally {
    clearInterval(timer);
    if (isShown && process.stderr.isTTY)
      process.stderr.write(`\r${what} ... ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  }
}
