import { HARNESS_PROBES } from './harness.js';
import type { Probe } from './probe.js';

/** Every probe, by the name that cases give. */
export const PROBES: Readonly<Record<string, Probe>> = { ...HARNESS_PROBES };

export function probe(name: string): Probe {
  const found = PROBES[name];
  if (found === undefined) throw new RangeError(`the suite has no probe "${name}"`);
  return found;
}
