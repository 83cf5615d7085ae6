import { setTimeout as delay } from 'node:timers/promises';
import type { TimeoutClass } from '../cases/case-types.js';
import { MOMENT_MS, TIMEOUTS_MS } from '../run/timeouts.js';
import type { ProbeContext } from './probe.js';

type Scaled = Pick<ProbeContext, 'timeScale'>;

/** Longest wait of a class in this run, in ms. */
export function waitMs(name: TimeoutClass, { timeScale = 1 }: Scaled): number {
  return TIMEOUTS_MS[name] * timeScale;
}

/** Until what was sent is under way. */
export function moment({ timeScale = 1 }: Scaled, count = 1): Promise<void> {
  return delay(MOMENT_MS * timeScale * count);
}

/** How long something takes, in ms. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

/** What is awaited later only: it may fail meanwhile. */
export function held<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => undefined);
  return promise;
}
