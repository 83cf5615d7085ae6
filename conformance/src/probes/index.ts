import { DECLARATION_PROBES } from './declaration.js';
import type { Probe } from './probe.js';
import { SECURE_PROBES } from './secure-transport.js';
import { SECURITY_PROBES } from './security.js';

/** Every probe, by the name that cases give. */
export const PROBES: Readonly<Record<string, Probe>> = {
  ...DECLARATION_PROBES,
  ...SECURITY_PROBES,
  ...SECURE_PROBES,
};

export function probe(name: string): Probe {
  const found = PROBES[name];
  if (found === undefined) throw new RangeError(`the suite has no probe "${name}"`);
  return found;
}
