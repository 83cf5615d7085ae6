import { type adapterV1, CONTRACT_VERSIONS } from '@deephealth/proto';
import { checkBindings, DeepHealthError, type RuntimeClient } from '@deephealth/sdk';
import { SUITE_VERSION } from '../../version.js';
import type { PlatformAdapterService } from '../adapter/serve-platform-adapter.js';
import type { ReferenceChains } from './reference-chains.js';
import type { ServedChain } from './served-chain.js';

/** What the service of chains says of itself over the contract; its runs are asked for over HTTP. */
export class ReferenceChainFace implements PlatformAdapterService {
  readonly chains: readonly ServedChain[];
  readonly client: RuntimeClient;

  readonly #stop: () => void;

  constructor(chains: Pick<ReferenceChains, 'chains' | 'client' | 'stop'>) {
    this.chains = chains.chains;
    this.client = chains.client;
    this.#stop = () => chains.stop();
  }

  stop(): void {
    this.#stop();
  }

  async describe(): Promise<adapterV1.DescribeResponse> {
    const info = await this.client.getServerInfo({ deadlineMs: 1000 }).catch(() => undefined);
    return {
      ...{ name: 'deephealth-conformance-piaf', version: SUITE_VERSION, platform: 'piaf', standards: [] },
      ...{
        profiles: ['adapter-common', 'processing-chain'],
        contractVersions: [...CONTRACT_VERSIONS],
        capabilities: [],
      },
      ...(info && { runtime: { name: info.name, version: info.version, engine: info.engine } }),
    };
  }

  bindings(): adapterV1.Binding[] {
    return this.chains.map(({ id, manifest: { name, version }, packageSha256, mediaTypes }) => ({
      ...{ id, modelName: name, modelVersion: version, packageSha256, entryPoint: 'a run over HTTP' },
      ...{ inputMediaTypes: [...mediaTypes], outputMediaType: 'application/x-ndjson' },
    }));
  }

  async health(): Promise<adapterV1.CheckHealthResponse> {
    const models = this.chains.map(({ manifest: { name, version }, packageSha256 }) => ({
      ...{ name, version, packageSha256 },
    }));
    const found = await checkBindings(models, this.client);
    return {
      state: 'ADAPTER_STATE_SERVING',
      bindings: this.chains.map(({ id }, index) => {
        const state = found[index]?.state ?? 'RUNTIME_UNREACHABLE';
        const reason = state === 'READY' ? '' : 'The runtime would not answer now.';
        return { bindingId: id, state: `BINDING_STATE_${state}` as const, reason };
      }),
    };
  }

  async run(): Promise<adapterV1.RunBindingResponse> {
    throw new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'Runs of chains are asked for over HTTP.');
  }
}
