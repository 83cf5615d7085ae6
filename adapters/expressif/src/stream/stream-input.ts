import { DeepHealthError } from '@deephealth/sdk';
import type { InputValue } from '../engine/input-value.js';

/** What an input variable was at an instant. */
export type StreamInput = {
  readonly variable: string;
  /** Undefined says that the variable has no value from then on. */
  readonly value: InputValue;
  /** When it was measured, in milliseconds of the stream's clock. */
  readonly at: number;
  /**
   * For how long it holds, counted from `at`: it is missing from `at + ttlMs` on.
   *
   * @defaultValue that of the variable, and then that of the stream
   */
  readonly ttlMs?: number;
};

/**
 * What becomes of an input that is not later than the one before it of the same variable:
 * - `latest-timestamp-wins`: an older one is dropped; of two of the same instant the one that came last holds;
 * - `arrival-order`: the one that came last holds, whenever it was measured;
 * - `reject`: it is refused.
 *
 * One that says again what the one before it said is dropped in all of them: it was sent twice.
 */
export type OutOfOrderPolicy = 'latest-timestamp-wins' | 'arrival-order' | 'reject';

/** `late` and `duplicate` inputs were dropped, as the policy says. */
export type Admission = 'queued' | 'late' | 'duplicate';

export type InputRefusal = 'unknown-variable' | 'malformed' | 'future' | 'out-of-order' | 'closed';

/** @param what a sentence without its full stop */
export function refused(reason: InputRefusal, what: string, variable?: string): DeepHealthError {
  return new DeepHealthError('DH_RULES_INPUT_REFUSED', `${what}.`, {
    details: { reason, ...(variable === undefined ? {} : { variable }) },
  });
}

/** Whether two inputs say the same of a variable. */
export function isSameInput(a: StreamInput, b: StreamInput): boolean {
  return a.at === b.at && a.ttlMs === b.ttlMs && isSameValue(a.value, b.value);
}

function isSameValue(a: InputValue, b: InputValue): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return Object.is(a, b);
  if ('absent' in a || 'absent' in b) return 'absent' in a && 'absent' in b && a.absent === b.absent;
  const terms = Object.keys(a.degrees);
  return (
    terms.length === Object.keys(b.degrees).length &&
    terms.every((term) => Object.hasOwn(b.degrees, term) && Object.is(a.degrees[term], b.degrees[term]))
  );
}
