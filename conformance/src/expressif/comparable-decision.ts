import type { Decision } from './decision.js';

/** Fields of a decision that the same question fixes, whenever and under whatever id it is asked. */
const FIXED = ['ruleBase', 'outputs', 'rules', 'inputs', 'clamped', 'warnings', 'explanation', 'text', 'notice'];

/** What must be the same of two decisions on the same question: all but ids of requests, times and the order of fields. */
export function comparable(decision: Decision): string {
  const fixed = Object.fromEntries(Object.entries(decision).filter(([name]) => FIXED.includes(name)));
  return JSON.stringify(fixed, (name, part) => {
    if (name === 'requestId') return undefined;
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
