import { rowsAlone, sameBits, sameBitsInCompany } from './determinism.js';
import type { Probe } from './probe.js';
import { compressedMessage, contractMajors, messageLimit, unknownFields, unknownMethod } from './versions.js';
import { watchSnapshot } from './watching.js';

/** Every probe, by the name that cases give. */
export const PROBES: Readonly<Record<string, Probe>> = {
  'compressed-message': compressedMessage,
  'contract-majors': contractMajors,
  'message-limit': messageLimit,
  'rows-alone': rowsAlone,
  'same-bits': sameBits,
  'same-bits-in-company': sameBitsInCompany,
  'unknown-fields': unknownFields,
  'unknown-method': unknownMethod,
  'watch-snapshot': watchSnapshot,
};

export function probe(name: string): Probe {
  const found = PROBES[name];
  if (found === undefined) throw new RangeError(`the suite has no probe "${name}"`);
  return found;
}
