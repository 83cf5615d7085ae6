import { setTimeout as delay } from 'node:timers/promises';
import { DeepHealthError, type RawTensor } from '@deephealth/sdk';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import type { ServedModel } from '../../reference/served-model.js';
import type { Mutant } from './mutant.js';

export const CONCURRENCY_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-CONC-01',
    title: 'mixes up the answers of calls at the same time',
    of: (R) =>
      class extends R {
        #shared: Record<string, RawTensor> = {};
        override async run(...[served, inputs, context]: Parameters<ReferenceRuntime['run']>) {
          this.#shared = inputs;
          await super.run(served, inputs, context);
          return this.compute(served, this.#shared);
        }
      },
  },
  {
    id: 'M-CONC-02',
    title: 'gives every answer the request id that came last',
    of: (R) =>
      class extends R {
        #last = '';
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          this.#last = request.requestId;
          return super.admit(request);
        }
        override respond(...[served, request, wanted, outputs]: Parameters<ReferenceRuntime['respond']>) {
          return { ...super.respond(served, request, wanted, outputs), requestId: this.#last };
        }
      },
  },
  {
    id: 'M-CONC-03',
    title: 'computes in half precision when it has much to do',
    of: (R) =>
      class extends R {
        #running = 0;
        override async run(...args: Parameters<ReferenceRuntime['run']>) {
          this.#running += 1;
          return super.run(...args).finally(() => {
            this.#running -= 1;
          });
        }
        override compute(served: ServedModel, inputs: Record<string, RawTensor>) {
          const all = super.compute(served, inputs);
          if (this.#running > 4) for (const tensor of Object.values(all)) coarsen(tensor);
          return all;
        }
      },
  },
  {
    id: 'M-CONC-04',
    title: 'answers nobody while it loads or unloads',
    of: (R) =>
      class extends R {
        #isBusy = false;
        async #busily<Result>(work: () => Promise<Result>): Promise<Result> {
          this.#isBusy = true;
          await delay(50);
          return work().finally(() => {
            this.#isBusy = false;
          });
        }
        override load(name: string, version: string) {
          return this.#busily(() => super.load(name, version));
        }
        override unload(name: string, version: string) {
          return this.#busily(() => super.unload(name, version));
        }
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          if (this.#isBusy) throw new DeepHealthError('DH_MODEL_NOT_READY', 'A model is being loaded.');
          return super.admit(request);
        }
      },
  },
  {
    id: 'M-CONC-05',
    title: 'says that it has unloaded while a request still runs',
    of: (R) =>
      class extends R {
        override async drained() {}
      },
  },
  {
    id: 'M-CONC-06',
    title: 'runs all models one after the other',
    of: (R) =>
      class extends R {
        override inTurn(_served: ServedModel, run: () => Promise<void>) {
          return super.inTurn(this.models[0] as ServedModel, run);
        }
      },
  },
  {
    id: 'M-CONC-07',
    title: 'does not serve a version while it verifies it',
    of: (R) =>
      class extends R {
        override async verify(name: string, version: string) {
          const served = this.find(name, version);
          const { state } = served;
          this.enter(served, 'MODEL_STATE_VERIFYING');
          await delay(50);
          this.enter(served, state);
          return super.verify(name, version);
        }
      },
  },
];

/** Takes a FP32 tensor's values to the nearest 1/1024. */
function coarsen({ dataType, data }: RawTensor): void {
  if (dataType !== 'FP32') return;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at < data.byteLength; at += 4) {
    view.setFloat32(at, Math.round(view.getFloat32(at, true) * 1024) / 1024, true);
  }
}
