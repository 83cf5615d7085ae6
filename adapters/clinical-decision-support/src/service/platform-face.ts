import type { PlatformFace } from '@deephealth/sdk';
import { ADAPTER_VERSION } from '../version.js';
import type { CdsService } from './cds-service.js';
import type { KillSwitch } from './kill-switch.js';
import type { ServiceCatalog } from './service-catalog.js';

export interface PlatformFaceOptions {
  readonly service: CdsService;
  readonly catalog: ServiceCatalog;
  readonly killSwitch: KillSwitch;
  readonly isStopping: () => boolean;
}

const JSON_TYPE = 'application/json';

/** The services as bindings of `deephealth.adapter.v1.PlatformAdapter`; a binding has the id of its service. */
export function createPlatformFace({ service, catalog, killSwitch, isStopping }: PlatformFaceOptions): PlatformFace {
  return {
    describe: () => ({
      name: 'deephealth-clinical-decision-support',
      version: ADAPTER_VERSION,
      platform: 'clinical-decision-support',
      standards: [
        { name: 'CDS Hooks', version: '2.0.1' },
        { name: 'FHIR', version: '4.0.1' },
      ],
      profiles: ['adapter-common', 'cds'],
      capabilities: ['feedback', 'fhir-read', 'kill-switch', 'shadow'],
    }),
    bindings: () =>
      [...catalog.services.values()].map(({ binding: { id, hook, isShadow = false }, manifest, packageSha256 }) => ({
        id,
        modelName: manifest.name,
        modelVersion: manifest.version,
        packageSha256,
        entryPoint: hook,
        isShadow,
        isSwitchedOff: killSwitch.isOff(id),
        inputMediaTypes: [JSON_TYPE],
        outputMediaType: JSON_TYPE,
      })),
    async health() {
      const { services } = await service.health();
      const state = isStopping() ? 'STOPPING' : service.isOverloaded ? 'OVERLOADED' : 'SERVING';
      return {
        state: `ADAPTER_STATE_${state}`,
        bindings: services.map((one) => ({
          bindingId: one.id,
          state: `BINDING_STATE_${one.state}` as const,
          reason: one.reason ?? '',
        })),
      };
    },
    run: (call) => service.run(call),
  };
}
