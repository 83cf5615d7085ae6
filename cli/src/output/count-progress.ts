const INTERVAL_MS = 1000;

export interface CountProgress {
  readonly update: (done: number) => void;
  readonly end: () => void;
}

/**
 * Tells on standard error how many of many are done, at most once a second, from the first second on: on a
 * terminal in one line, elsewhere every tenth part. Silent for --json.
 */
export function countProgress(what: string, total: number, isQuiet: boolean): CountProgress {
  if (isQuiet) return { update: () => undefined, end: () => undefined };
  const started = Date.now();
  let shownAt = started;
  let shownTenth = 0;
  let isShown = false;
  return {
    update(done) {
      const tenth = Math.floor((10 * done) / total);
      if (Date.now() - shownAt < INTERVAL_MS) return;
      if (!process.stderr.isTTY && tenth === shownTenth) return;
      shownAt = Date.now();
      shownTenth = tenth;
      isShown = true;
      const left = Math.round((((shownAt - started) / done) * (total - done)) / 1000);
      const line = `${what} ... ${done} of ${total}, about ${left} s left`;
      process.stderr.write(process.stderr.isTTY ? `\r${line}   ` : `${line}\n`);
    },
    end() {
      if (isShown && process.stderr.isTTY) process.stderr.write('\n');
    },
  };
}
