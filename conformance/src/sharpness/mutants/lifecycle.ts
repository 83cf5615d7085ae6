import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeepHealthError, type RawTensor } from '@deephealth/sdk';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import type { ServedModel } from '../../reference/served-model.js';
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
  {
    id: 'M-LIFE-07',
    title: 'refuses to load what is ready',
    of: (R) =>
      class extends R {
        override async load(name: string, version: string) {
          if (this.find(name, version).state === 'MODEL_STATE_READY') {
            throw new DeepHealthError('DH_MODEL_NOT_READY', 'The version is loaded.');
          }
          return super.load(name, version);
        }
      },
  },
  {
    id: 'M-LIFE-08',
    title: 'refuses to unload what was unloaded',
    of: (R) =>
      class extends R {
        override async unload(name: string, version: string) {
          if (this.find(name, version).state === 'MODEL_STATE_UNLOADED') {
            throw new DeepHealthError('DH_MODEL_UNLOADED', 'The version was unloaded.');
          }
          return super.unload(name, version);
        }
      },
  },
  {
    id: 'M-LIFE-09',
    title: 'lists every version as ready',
    of: (R) =>
      class extends R {
        override list(name: string) {
          return super.list(name).map((served) => ({ ...served, state: 'MODEL_STATE_READY' as const }));
        }
      },
  },
  {
    id: 'M-LIFE-10',
    title: 'answers a load that comes while it unloads, and unloads all the same',
    of: (R) =>
      class extends R {
        override async load(name: string, version: string) {
          const served = this.find(name, version);
          if (served.state !== 'MODEL_STATE_DRAINING') return super.load(name, version);
          return { ...this.summary(served), state: 'MODEL_STATE_READY' as const };
        }
      },
  },
  {
    id: 'M-LIFE-11',
    title: 'never says that the snapshot is complete',
    of: (R) =>
      class extends R {
        override snapshot(name: string) {
          return super.snapshot(name).map((message) => ({ ...message, isSnapshotComplete: false }));
        }
      },
  },
  {
    id: 'M-LIFE-12',
    title: 'leaves refused versions out of the snapshot',
    of: (R) =>
      class extends R {
        override snapshot(name: string) {
          const shown = super.snapshot(name).filter(({ model }) => model?.state !== 'MODEL_STATE_QUARANTINED');
          return shown.map((message, index) => ({ ...message, isSnapshotComplete: index === shown.length - 1 }));
        }
      },
  },
  {
    id: 'M-LIFE-13',
    title: 'tells nobody of changes',
    of: (R) =>
      class extends R {
        override watch() {
          return () => undefined;
        }
      },
  },
  {
    id: 'M-LIFE-14',
    title: 'tells who watches one model of all',
    of: (R) =>
      class extends R {
        override isWatched() {
          return true;
        }
      },
  },
  {
    id: 'M-LIFE-15',
    title: 'serves packages without looking at them',
    of: (R) =>
      class extends R {
        constructor(...args: ConstructorParameters<typeof ReferenceRuntime>) {
          super(...args);
          for (const served of this.models) Object.assign(served, { refusal: undefined, state: 'MODEL_STATE_READY' });
        }
        override findRefusal() {
          return undefined;
        }
      },
  },
  {
    id: 'M-LIFE-16',
    title: 'does not list what it has refused',
    of: (R) =>
      class extends R {
        override list(name: string) {
          return super.list(name).filter(({ refusal }) => refusal === undefined);
        }
      },
  },
  {
    id: 'M-LIFE-17',
    title: 'lists what it has refused without a reason',
    of: (R) =>
      class extends R {
        override summary(served: ServedModel) {
          return super.summary({ ...served, refusal: undefined });
        }
      },
  },
  {
    id: 'M-LIFE-18',
    title: 'refuses to load a broken package for another reason than it lists',
    of: (R) =>
      class extends R {
        override async load(name: string, version: string) {
          const { refusal } = this.find(name, version);
          if (refusal !== undefined) throw new DeepHealthError('DH_MODEL_QUARANTINED', 'The version was refused.');
          return super.load(name, version);
        }
      },
  },
  {
    id: 'M-LIFE-19',
    title: 'serves a broken package once it was verified again',
    of: (R) =>
      class extends R {
        override async verify(name: string, version: string) {
          const served = this.find(name, version);
          if (!served.isBroken) return super.verify(name, version);
          served.refusal = undefined;
          this.enter(served, 'MODEL_STATE_READY');
          return { model: this.summary(served), report: { checks: [], goldenCases: 0 } };
        }
      },
  },
  {
    id: 'M-LIFE-20',
    title: 'verifies what it has in memory, not the files',
    of: (R) =>
      class extends R {
        override findRefusal(served: ServedModel) {
          return served.isBroken ? super.findRefusal(served) : undefined;
        }
      },
  },
  {
    id: 'M-LIFE-21',
    title: 'drops what runs when it is stopped',
    of: (R) =>
      class extends R {
        override async settled() {}
      },
  },
  {
    id: 'M-LIFE-22',
    title: 'does not end as long as callers keep streams open',
    of: (R) =>
      class extends R {
        override settled() {
          return new Promise<never>(() => undefined);
        }
      },
  },
  {
    id: 'M-LIFE-23',
    title: 'leaves its store behind in another state when it is stopped',
    of: (R) =>
      class extends R {
        override async onStop() {
          for (const { folder, isBroken } of this.models) {
            if (!isBroken) appendFileSync(join(folder, 'model.onnx'), 'x');
          }
        }
      },
  },
];
