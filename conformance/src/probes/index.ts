import { ACCESS_RIGHT_PROBES } from './access-rights.js';
import { ACCESS_TOKEN_PROBES } from './access-tokens.js';
import { ACCESS_TRANSPORT_PROBES } from './access-transport.js';
import { ADAPTER_PROBES } from './adapter/index.js';
import { CDS_PROBES } from './cds.js';
import { CHAIN_PROBES } from './chain/index.js';
import { CONCURRENCY_PROBES } from './concurrency.js';
import { DEADLINE_PROBES } from './deadlines.js';
import { DECLARATION_PROBES } from './declaration.js';
import { rowsAlone, sameBits, sameBitsInCompany } from './determinism.js';
import { EXPRESSIF_PROBES } from './expressif/index.js';
import { FAULT_PROBES } from './faults.js';
import { HARNESS_PROBES } from './harness.js';
import { LIFECYCLE_PROBES } from './lifecycle.js';
import { MEMORY_PROBES } from './memory.js';
import { oipHead } from './oip-head.js';
import { oipTogether } from './oip-together.js';
import { PATHOLOGY_PROBES } from './pathology/index.js';
import { PERFORMANCE_PROBES } from './performance.js';
import type { Probe } from './probe.js';
import { SECURE_PROBES } from './secure-transport.js';
import { SECURITY_PROBES } from './security.js';
import { SEQUENCE_PROBES } from './sequences.js';
import { STREAM_PROBES } from './streams.js';
import { compressedMessage, contractMajors, messageLimit, unknownFields, unknownMethod } from './versions.js';
import { WATCH_PROBES } from './watch.js';

/** Every probe, by the name that cases give. */
export const PROBES: Readonly<Record<string, Probe>> = together(
  ADAPTER_PROBES,
  CDS_PROBES,
  PATHOLOGY_PROBES,
  EXPRESSIF_PROBES,
  CHAIN_PROBES,
  STREAM_PROBES,
  SEQUENCE_PROBES,
  DEADLINE_PROBES,
  CONCURRENCY_PROBES,
  HARNESS_PROBES,
  LIFECYCLE_PROBES,
  WATCH_PROBES,
  FAULT_PROBES,
  MEMORY_PROBES,
  PERFORMANCE_PROBES,
  DECLARATION_PROBES,
  SECURITY_PROBES,
  SECURE_PROBES,
  ACCESS_TOKEN_PROBES,
  ACCESS_RIGHT_PROBES,
  ACCESS_TRANSPORT_PROBES,
  {
    'compressed-message': compressedMessage,
    'contract-majors': contractMajors,
    'message-limit': messageLimit,
    'rows-alone': rowsAlone,
    'same-bits': sameBits,
    'same-bits-in-company': sameBitsInCompany,
    'unknown-fields': unknownFields,
    'unknown-method': unknownMethod,
    'oip-head': oipHead,
    'oip-together': oipTogether,
  },
);

/** Throws RangeError for a name that two probes have: one of them would never be asked. */
function together(...groups: readonly Readonly<Record<string, Probe>>[]): Readonly<Record<string, Probe>> {
  const all = groups.flatMap((group) => Object.entries(group));
  const names = new Set<string>();
  for (const [name] of all) {
    if (names.has(name)) throw new RangeError(`two probes have the name "${name}"`);
    names.add(name);
  }
  return Object.fromEntries(all);
}

export function probe(name: string): Probe {
  const found = PROBES[name];
  if (found === undefined) throw new RangeError(`the suite has no probe "${name}"`);
  return found;
}
