import type { Probe } from '../probe.js';
import { CHAIN_FAULT_PROBES } from './faults.js';
import { CHAIN_REFUSAL_PROBES } from './refusals.js';
import { CHAIN_RESULT_PROBES } from './results.js';
import { CHAIN_STATE_PROBES } from './states.js';
import { CHAIN_TENANT_PROBES } from './tenants.js';

/** What a case asks of a service of processing chains. */
export const CHAIN_PROBES: Readonly<Record<string, Probe>> = {
  ...CHAIN_RESULT_PROBES,
  ...CHAIN_STATE_PROBES,
  ...CHAIN_REFUSAL_PROBES,
  ...CHAIN_TENANT_PROBES,
  ...CHAIN_FAULT_PROBES,
};
