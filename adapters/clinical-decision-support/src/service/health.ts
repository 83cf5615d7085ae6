import {
  checkBindings,
  type RuntimeBindingHealth,
  type RuntimeBindingState,
  type RuntimeClient,
  toldToPlatform,
} from '@deephealth/sdk';
import type { WriteBackState } from '../write-back/write-back.js';
import type { KillSwitch } from './kill-switch.js';
import type { ServiceCatalog } from './service-catalog.js';

/** Whether the service would answer now, and for each of its services why not. */
export interface Health {
  /** True if every service that is switched on could answer now. */
  readonly isReady: boolean;
  readonly services: readonly ServiceHealth[];
  /** Results that the FHIR server does not have yet; there if results are written back. */
  readonly writeBack?: WriteBackState;
  /** AuditEvents that the repository does not have yet; there if there is one. */
  readonly auditWaiting?: number;
  /** AuditEvents that the repository refused since the start; they are in the file. Absent if there is none. */
  readonly auditRefused?: number;
  /** Files of the state folder with the first line that was changed since it was written; absent if there is none. */
  readonly altered?: readonly AlteredFile[];
}

export interface AlteredFile {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** As the contract's `BindingState`, without its prefix. */
export type ServiceState = RuntimeBindingState | 'SWITCHED_OFF';

export interface ServiceHealth {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly isReady: boolean;
  readonly state: ServiceState;
  readonly isOff?: boolean;
  /** For people; set if it is not ready. */
  readonly reason?: string;
}

const ASK_MS = 1_000;

/** Asks the runtime whether it serves the very packages that the services were made of. */
export async function checkHealth(
  { services }: ServiceCatalog,
  runtime: RuntimeClient,
  killSwitch: KillSwitch,
): Promise<Health> {
  const all = [...services.values()];
  const models = all.map(({ manifest: { name, version }, packageSha256 }) => ({ name, version, packageSha256 }));
  const found = await checkBindings(models, runtime, ASK_MS, toldToPlatform);
  const health = all.map(({ binding, manifest }, index): ServiceHealth => {
    const known = { id: binding.id, model: manifest.name, version: manifest.version };
    if (killSwitch.isOff(binding.id)) {
      return { ...known, isReady: false, state: 'SWITCHED_OFF', reason: 'switched off', isOff: true };
    }
    const { state, reason } = found[index] as RuntimeBindingHealth;
    return state === 'READY' ? { ...known, isReady: true, state } : { ...known, isReady: false, state, reason };
  });
  return { isReady: health.every(({ isReady, isOff }) => isReady || isOff === true), services: health };
}
