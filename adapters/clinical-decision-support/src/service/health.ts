import { assertContractShared, DeepHealthError, type RuntimeClient } from '@deephealth/sdk';
import type { WriteBackState } from '../write-back/write-back.js';
import type { KillSwitch } from './kill-switch.js';
import { toldToPlatform } from './runtime-error.js';
import type { ServiceCatalog } from './service-catalog.js';

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
export type ServiceState =
  | 'READY'
  | 'SWITCHED_OFF'
  | 'RUNTIME_UNREACHABLE'
  | 'RUNTIME_NOT_READY'
  | 'MODEL_NOT_FOUND'
  | 'MODEL_NOT_READY'
  | 'PACKAGE_DIFFERS';

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
  const served = await askRuntime(runtime).catch(toldToPlatform);
  const found = [...services.values()].map(({ binding, manifest, packageSha256 }): ServiceHealth => {
    const known = { id: binding.id, model: manifest.name, version: manifest.version };
    const waits = (state: ServiceState, reason: string) => ({ ...known, isReady: false, state, reason });
    if (killSwitch.isOff(binding.id)) return { ...waits('SWITCHED_OFF', 'switched off'), isOff: true };
    if (served instanceof DeepHealthError) return waits('RUNTIME_UNREACHABLE', served.message);
    // It verifies versions still, and does not take what it is not sure of.
    if (!served.isReady) return waits('RUNTIME_NOT_READY', 'the runtime is not ready yet');
    const model = served.models.find(({ name, version }) => name === manifest.name && version === manifest.version);
    if (model === undefined) return waits('MODEL_NOT_FOUND', 'the runtime does not have this model version');
    if (model.state !== 'MODEL_STATE_READY') {
      return waits('MODEL_NOT_READY', `the runtime has it as ${model.state.replace('MODEL_STATE_', '')}`);
    }
    if (model.packageSha256 !== packageSha256) {
      return waits('PACKAGE_DIFFERS', 'the runtime serves another package under this name and version');
    }
    return { ...known, isReady: true, state: 'READY' };
  });
  return { isReady: found.every(({ isReady, isOff }) => isReady || isOff === true), services: found };
}

async function askRuntime(runtime: RuntimeClient) {
  const [info, models] = await Promise.all([
    runtime.getServerInfo({ deadlineMs: ASK_MS }),
    runtime.listModels('', { deadlineMs: ASK_MS }),
  ]);
  assertContractShared(info);
  return { isReady: info.isReady, models };
}
