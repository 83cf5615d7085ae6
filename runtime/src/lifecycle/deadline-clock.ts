import { monotonicUs } from '../host/monotonic-clock.js';

/** Monotonic clock in ms, the one that deadlines inside of the runtime are on; the same for all processes. */
export function monotonicMs(): number {
  return monotonicUs() / 1000;
}

const known = new WeakMap<object, number>();

/**
 * The deadline of a call on the monotonic clock, so that a wall clock that is set meanwhile, by an operator or a time
 * server, neither expires what runs nor lets it run on. The first look at a call decides: it is to be taken when the
 * call arrives.
 *
 * @param call its deadline in ms since the epoch; Infinity for none
 */
export function monotonicDeadline(call: { readonly deadlineMs: number }): number {
  const before = known.get(call);
  if (before !== undefined) return before;
  const { deadlineMs } = call;
  const on = Number.isFinite(deadlineMs) ? monotonicMs() + (deadlineMs - Date.now()) : deadlineMs;
  known.set(call, on);
  return on;
}
