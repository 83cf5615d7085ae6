/** What tells a stream the time. All times of one stream are milliseconds of one clock. */
export type StreamClock = {
  now(): number;
  /**
   * Calls back once, at an instant or later. Without it the stream follows the clock only when it is asked to.
   *
   * @returns what cancels it
   */
  setTimer?(atMs: number, callback: () => void): () => void;
};

/** Node waits no longer than this with one timer, in milliseconds. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The clock of this machine, in milliseconds since 1970 (UTC). Its timers keep no process alive. */
export function createSystemClock(): StreamClock {
  return {
    now: () => Date.now(),
    setTimer: (atMs, callback) => {
      const delayMs = Math.min(Math.max(0, atMs - Date.now()), LONGEST_DELAY_MS);
      const timer = setTimeout(callback, delayMs).unref();
      return () => clearTimeout(timer);
    },
  };
}
