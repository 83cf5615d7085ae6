import type { Clock } from './clock.js';

/** Does a check again and again, each a pause after the end of the one before. Returns how to stop it. */
export function checkRegularly(clock: Clock, pauseMs: number, check: () => Promise<void>): () => void {
  let isStopped = false;
  let callOff = (): void => undefined;
  const schedule = (): void => {
    if (isStopped) return;
    callOff = clock.after(pauseMs, () => void check().then(schedule, schedule));
  };
  schedule();
  return () => {
    isStopped = true;
    callOff();
  };
}
