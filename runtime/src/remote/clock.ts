/** Time as the watchers of a remote server see it; tests move it by hand. */
export interface Clock {
  /** Monotonic. */
  nowMs(): number;
  /** Calls `run` once after the time. Gives a function that calls it off. */
  after(delayMs: number, run: () => void): () => void;
}

/** The clock of this machine. Its timers keep no process alive. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
