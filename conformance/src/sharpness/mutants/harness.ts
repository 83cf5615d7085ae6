import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type RawTensor } from '@deephealth/sdk';
import type { FaultyReference, FaultyRuntime } from '../../reference/faulty-reference.js';
import type { ServedModel } from '../../reference/served-model.js';
import type { Mutant, Runtime } from './mutant.js';

/** A mutant of what the reference does when a fault is put into it. */
const underFault =
  (change: (Reference: FaultyRuntime) => FaultyRuntime) =>
  (Reference: Runtime): Runtime =>
    change(Reference as FaultyRuntime);

/** As long as another request is surely sent meanwhile, in ms. */
const DOWN_MS = 250;

export const HARNESS_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-HRN-01',
    title: 'loads from memory what its store cannot give any more',
    of: underFault(
      (R) =>
        class extends R {
          #isLoading = false;
          override async load(name: string, version: string) {
            this.#isLoading = true;
            return super.load(name, version).finally(() => {
              this.#isLoading = false;
            });
          }
          override readPackage(served: ServedModel) {
            if (!this.#isLoading) super.readPackage(served);
          }
        },
    ),
  },
  {
    id: 'M-HRN-02',
    title: 'lists a refused version without its reason',
    of: underFault(
      (R) =>
        class extends R {
          override summary(served: ServedModel): runtimeV1.ModelSummary {
            const { stateReason: _, ...rest } = super.summary(served);
            return rest;
          }
        },
    ),
  },
  {
    id: 'M-HRN-03',
    title: 'does not list a refused version',
    of: underFault(
      (R) =>
        class extends R {
          override list(name: string) {
            return super.list(name).filter(({ state }) => state !== 'MODEL_STATE_QUARANTINED');
          }
        },
    ),
  },
  {
    id: 'M-HRN-04',
    title: 'verifies from memory, and leaves ready what it cannot read',
    of: underFault(
      (R) =>
        class extends R {
          #isVerifying = false;
          override async verify(name: string, version: string) {
            this.#isVerifying = true;
            return super.verify(name, version).finally(() => {
              this.#isVerifying = false;
            });
          }
          override readPackage(served: ServedModel) {
            if (!this.#isVerifying) super.readPackage(served);
          }
        },
    ),
  },
  {
    id: 'M-HRN-05',
    title: 'is down for all models when the host of one is lost',
    of: underFault(
      (R) =>
        class extends R {
          #downUntilMs = 0;
          override loseHost(model: string) {
            super.loseHost(model);
            this.#downUntilMs = Date.now() + DOWN_MS;
          }
          override run(...args: Parameters<FaultyReference['run']>) {
            if (Date.now() >= this.#downUntilMs) return super.run(...args);
            throw new DeepHealthError('DH_MODEL_HOST_LOST', 'The host of the model ended during the request.');
          }
        },
    ),
  },
  {
    id: 'M-HRN-06',
    title: 'answers with zeros when a host is lost',
    of: underFault(
      (R) =>
        class extends R {
          override async run(...[served, inputs, context]: Parameters<FaultyReference['run']>) {
            try {
              return await super.run(served, inputs, context);
            } catch (thrown) {
              if (DeepHealthError.from(thrown).code !== 'DH_MODEL_HOST_LOST') throw thrown;
              return zeros(this.compute(served, inputs));
            }
          }
        },
    ),
  },
  {
    id: 'M-HRN-07',
    title: 'leaves a request without an answer whose host is lost',
    of: underFault(
      (R) =>
        class extends R {
          override async run(...[served, inputs, context]: Parameters<FaultyReference['run']>) {
            try {
              return await super.run(served, inputs, context);
            } catch (thrown) {
              if (DeepHealthError.from(thrown).code !== 'DH_MODEL_HOST_LOST') throw thrown;
              return new Promise<never>(() => undefined);
            }
          }
        },
    ),
  },
  {
    id: 'M-HRN-08',
    title: 'takes a version out of service when its host is lost',
    of: underFault(
      (R) =>
        class extends R {
          override loseHost(model: string) {
            super.loseHost(model);
            for (const served of this.list(model)) served.state = 'MODEL_STATE_UNLOADED';
          }
        },
    ),
  },
  {
    id: 'M-HRN-09',
    title: 'runs nothing while one host stalls',
    of: underFault(
      (R) =>
        class extends R {
          override stallMs() {
            return Math.max(...this.models.map(({ model }) => super.stallMs(model.name)));
          }
        },
    ),
  },
  {
    id: 'M-HRN-10',
    title: 'keeps unloaded what was unloaded before a reset',
    of: underFault(
      (R) =>
        class extends R {
          override reset() {
            const unloaded = this.models.filter(({ state }) => state === 'MODEL_STATE_UNLOADED');
            super.reset();
            for (const served of unloaded) served.state = 'MODEL_STATE_UNLOADED';
          }
        },
    ),
  },
  {
    id: 'M-HRN-11',
    title: 'tells where the engine failed',
    of: underFault(
      (R) =>
        class extends R {
          override failure(thrown: unknown) {
            const failure = super.failure(thrown);
            if (DeepHealthError.from(thrown).code !== 'DH_MODEL_RUN_FAILED') return failure;
            return { ...failure, details: 'Run failed at session.cc:214 (/opt/engine/lib/session.cc)' };
          }
        },
    ),
  },
  {
    id: 'M-HRN-12',
    title: 'fails all runs of a model after the engine has failed one',
    of: underFault(
      (R) =>
        class extends R {
          readonly #failed = new Set<string>();
          override async run(...[served, inputs, context]: Parameters<FaultyReference['run']>) {
            const { name } = served.model;
            try {
              if (this.#failed.has(name)) throw new DeepHealthError('DH_MODEL_RUN_FAILED', 'The engine failed.');
              return await super.run(served, inputs, context);
            } catch (thrown) {
              if (DeepHealthError.from(thrown).code === 'DH_MODEL_RUN_FAILED') this.#failed.add(name);
              throw thrown;
            }
          }
        },
    ),
  },
  {
    id: 'M-HRN-13',
    title: 'calls an item of a stream whose host was lost an internal error',
    of: underFault(
      (R) =>
        class extends R {
          override itemStatus(thrown: unknown) {
            const isLost = DeepHealthError.from(thrown).code === 'DH_MODEL_HOST_LOST';
            return super.itemStatus(isLost ? new DeepHealthError('DH_INTERNAL', 'The item failed.') : thrown);
          }
        },
    ),
  },
];

function zeros(outputs: Record<string, RawTensor>): Record<string, RawTensor> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [name, { ...tensor, data: new Uint8Array(tensor.data.length) }]),
  );
}
