import type { Verdict } from './compare-numbers.js';

/** A plain difference that no tolerance covers. */
export function differs(message: string): Verdict {
  return { pass: false, worst: Number.POSITIVE_INFINITY, message };
}

export function agrees(message: string, worst = 0): Verdict {
  return { pass: true, worst, message };
}
