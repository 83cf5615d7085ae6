import type { EmpaiaAppApi } from './app-api.js';

const INTERVAL_MS = 2000;

/** Tells the platform how far a job is. */
export interface ProgressReporter {
  /** @param share 0 to 1; never told twice, nor less than before */
  report(share: number): void;
  /** Waits for what is being told. */
  end(): Promise<void>;
}

/**
 * At most one request at a time, and one in two seconds. A job does not fail because nobody hears how far it is.
 */
export function progressReporter(api: EmpaiaAppApi, signal?: AbortSignal): ProgressReporter {
  let told = -1;
  let toldAt = Number.NEGATIVE_INFINITY;
  let telling: Promise<void> | undefined;
  return {
    report(share) {
      const progress = Math.min(1, Math.round(share * 1000) / 1000);
      const now = performance.now();
      if (telling !== undefined || progress <= told || now - toldAt < INTERVAL_MS) return;
      told = progress;
      toldAt = now;
      telling = api
        .putProgress(progress, signal)
        .catch(() => undefined)
        .finally(() => {
          telling = undefined;
        });
    },
    end: async () => telling,
  };
}
