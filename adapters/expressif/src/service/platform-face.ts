import { checkBindings, DeepHealthError, type PlatformFace, type RuntimeClient } from '@deephealth/sdk';
import { VERSION } from '../version.js';
import type { DecisionService } from './decision-service.js';

const MEDIA_TYPE = 'application/json';

/** The rule bases as bindings of `deephealth.adapter.v1.PlatformAdapter`. */
export function createPlatformFace(decisions: DecisionService, client: RuntimeClient): PlatformFace {
  return {
    describe: () => ({
      ...{ name: 'deephealth-expressif', version: VERSION, platform: 'expressif' },
      standards: [
        { name: 'IEEE 1855 Fuzzy Markup Language', version: '2016' },
        { name: 'IEC 61131-7 Fuzzy Control Language', version: '2000' },
        { name: 'FuzzyLite Language', version: '6.0' },
      ],
      profiles: ['adapter-common', 'expressif'],
      capabilities: ['explanation', 'live-edits', 'relations', 'streams'],
    }),
    bindings: () =>
      decisions.services.map(({ id, manifest, packageSha256, binding }) => ({
        ...{ id, modelName: manifest.name, modelVersion: manifest.version, packageSha256 },
        ...{ entryPoint: `rule base ${binding.label}`, isShadow: false, isSwitchedOff: false },
        ...{ inputMediaTypes: [MEDIA_TYPE], outputMediaType: MEDIA_TYPE },
      })),
    async health() {
      const models = decisions.services.map(({ manifest: { name, version }, packageSha256 }) => ({
        ...{ name, version, packageSha256 },
      }));
      const found = await checkBindings(models, client, undefined, withoutPlace);
      return {
        state: `ADAPTER_STATE_${decisions.state}`,
        bindings: decisions.services.map(({ id }, index) => ({
          bindingId: id,
          state: `BINDING_STATE_${found[index]?.state ?? 'RUNTIME_UNREACHABLE'}` as const,
          reason: found[index]?.reason ?? '',
        })),
      };
    },
    async run({ bindingId, input, signal, deadlineMs }) {
      const { decision, runs } = await decisions.decide({ id: bindingId, body: input, signal, deadlineMs });
      return { output: Buffer.from(JSON.stringify(decision)), runs };
    },
  };
}

/** Nobody who asks is told where the runtime is, which the client names to the operator. */
function withoutPlace(thrown: unknown): DeepHealthError {
  const error = DeepHealthError.from(thrown);
  if (error.code !== 'DH_CONNECT_FAILED') return error;
  return new DeepHealthError(error.code, 'The runtime behind the adapter does not answer.', { cause: thrown });
}
