import { DeepHealthError, type RawTensor } from '@deephealth/sdk';
import type { ReferenceRuntime, ServedModel } from '../../reference/reference-runtime.js';
import type { Mutant } from './mutant.js';

export const LIFECYCLE_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-LIFE-01',
    title: 'answers for a version that was unloaded',
    of: (R) =>
      class extends R {
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          const served = this.find(request.modelName, request.modelVersion);
          const { state } = served;
          served.state = 'MODEL_STATE_READY';
          const admitted = super.admit(request);
          served.state = state;
          return admitted;
        }
      },
  },
  {
    id: 'M-LIFE-02',
    title: 'answers wrongly after an error',
    of: (R) =>
      class extends R {
        #failed = false;
        override failure(thrown: unknown) {
          this.#failed = true;
          return super.failure(thrown);
        }
        override compute(served: ServedModel, inputs: Record<string, RawTensor>) {
          const all = super.compute(served, inputs);
          if (this.#failed) for (const tensor of Object.values(all)) tensor.data[0] = (tensor.data[0] ?? 0) ^ 0x40;
          return all;
        }
      },
  },
  {
    id: 'M-LIFE-03',
    title: 'refuses to load what is being loaded',
    of: (R) =>
      class extends R {
        readonly #loading = new Set<string>();
        override async load(name: string, version: string) {
          if (this.#loading.has(name)) throw new DeepHealthError('DH_MODEL_NOT_READY', 'The version is being loaded.');
          this.#loading.add(name);
          await this.wait(20, new AbortController().signal);
          this.#loading.delete(name);
          return super.load(name, version);
        }
      },
  },
  {
    id: 'M-LIFE-04',
    title: 'drops what runs when it unloads',
    of: (R) =>
      class extends R {
        override async run(...[served, inputs, context]: Parameters<ReferenceRuntime['run']>) {
          const outputs = await super.run(served, inputs, context);
          if (served.state !== 'MODEL_STATE_READY') throw new DeepHealthError('DH_MODEL_UNLOADED', 'It was unloaded.');
          return outputs;
        }
      },
  },
  {
    id: 'M-LIFE-05',
    title: 'runs no golden case when it verifies',
    of: (R) =>
      class extends R {
        override async verify(name: string, version: string) {
          return { ...(await super.verify(name, version)), report: { checks: [], goldenCases: 0 } };
        }
      },
  },
  {
    id: 'M-LIFE-06',
    title: 'loads, unloads and verifies another version than it is told',
    of: (R) =>
      class extends R {
        override load(name: string, _version: string) {
          return super.load(name, '');
        }
        override unload(name: string, _version: string) {
          return super.unload(name, '');
        }
        override verify(name: string, _version: string) {
          return super.verify(name, '');
        }
      },
  },
];
