import type { adapterV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import type { PlatformService } from '../../reference/adapter/platform-service.js';
import type { ReferenceAdapter } from '../../reference/adapter/reference-adapter.js';
import type { AdapterMutant } from './adapter-mutant.js';

type Service = typeof PlatformService;
type Given<Name extends 'outputOf' | 'bindingOf' | 'stateOf'> = Parameters<PlatformService[Name]>;

/** What the adapter says of itself, and how it runs one input, changed. */
const serves =
  (change: (service: Service) => Service): AdapterMutant['of'] =>
  (A) =>
    class extends A {
      override get Service() {
        return change(super.Service);
      }
    };

const lists = (change: (binding: adapterV1.Binding) => adapterV1.Binding) =>
  serves(
    (S) =>
      class extends S {
        override async bindings() {
          return (await super.bindings()).map(change);
        }
      },
  );

/** What an adapter may get wrong of `PlatformAdapter`. */
export const ADAPTER_PLATFORM_MUTANTS: readonly AdapterMutant[] = [
  {
    id: 'M-ADP-48',
    title: 'names itself as the runtime',
    of: serves(
      (S) =>
        class extends S {
          override async runtime() {
            const runtime = await super.runtime();
            return runtime && { ...runtime, name: 'deephealth-conformance-adapter' };
          }
        },
    ),
  },
  {
    id: 'M-ADP-49',
    title: 'does not say what it is while it has no runtime',
    of: serves(
      (S) =>
        class extends S {
          override async runtime() {
            const runtime = await super.runtime();
            if (runtime === undefined) throw new DeepHealthError('DH_CONNECT_FAILED', 'No runtime.');
            return runtime;
          }
        },
    ),
  },
  {
    id: 'M-ADP-50',
    title: 'keeps the digests of its packages to itself',
    of: lists((binding) => ({ ...binding, packageSha256: '' })),
  },
  {
    id: 'M-ADP-51',
    title: 'knows no binding while it has no runtime',
    of: serves(
      (S) =>
        class extends S {
          override async bindings() {
            const known = await super.bindings();
            return (await this.info()) === undefined ? [] : known;
          }
        },
    ),
  },
  {
    id: 'M-ADP-52',
    title: 'says of every binding that it is ready',
    of: serves(
      (S) =>
        class extends S {
          override stateOf() {
            return { state: 'BINDING_STATE_READY', reason: '' } as const;
          }
        },
    ),
  },
  {
    id: 'M-ADP-53',
    title: 'does not say why a binding is not ready',
    of: serves(
      (S) =>
        class extends S {
          override stateOf(...given: Given<'stateOf'>) {
            return { ...super.stateOf(...given), reason: '' };
          }
        },
    ),
  },
  {
    id: 'M-ADP-54',
    title: 'does not say which answers a run rests on',
    of: serves(
      (S) =>
        class extends S {
          override runsOf() {
            return [];
          }
        },
    ),
  },
  {
    id: 'M-ADP-55',
    title: 'drops warnings from what a run gives',
    of: serves(
      (S) =>
        class extends S {
          override outputOf(...[result]: Given<'outputOf'>) {
            return super.outputOf({ ...result, parts: result.parts.map((part) => ({ ...part, warnings: [] })) });
          }
        },
    ),
  },
  {
    id: 'M-ADP-56',
    title: 'runs a binding for anybody',
    of: serves(
      (S) =>
        class extends S {
          override tokenOf(authorization = '') {
            try {
              return super.tokenOf(authorization);
            } catch {
              return lastToken(this.adapter);
            }
          }
        },
    ),
  },
  {
    id: 'M-ADP-57',
    title: 'refuses strangers only once the runtime has answered',
    of: serves(
      (S) =>
        class extends S {
          override tokenOf(authorization = '') {
            try {
              return super.tokenOf(authorization);
            } catch (refusal) {
              this.#refusal = refusal;
              return lastToken(this.adapter);
            }
          }
          #refusal: unknown;
          override outputOf(...given: Given<'outputOf'>) {
            const refusal = this.#refusal;
            this.#refusal = undefined;
            if (refusal !== undefined) throw refusal;
            return super.outputOf(...given);
          }
        },
    ),
  },
  {
    id: 'M-ADP-58',
    title: 'takes an unknown binding for the one that the input fits',
    of: serves(
      (S) =>
        class extends S {
          override async bindingOf(...[id]: Given<'bindingOf'>) {
            const all = await this.bindings();
            const fits = ({ modelName }: adapterV1.Binding) => modelName === 'conformance-network';
            return (all.find((one) => one.id === id) ?? all.find(fits)) as adapterV1.Binding;
          }
        },
    ),
  },
  {
    id: 'M-ADP-59',
    title: 'takes every media type for its own',
    of: serves(
      (S) =>
        class extends S {
          override checkMediaType() {
            // Whatever it is called.
          }
        },
    ),
  },
  {
    id: 'M-ADP-60',
    title: 'says of every run that fails that it is at fault itself',
    of: serves(
      (S) =>
        class extends S {
          override errorOf() {
            return new DeepHealthError('DH_INTERNAL', 'The run failed.');
          }
        },
    ),
  },
  {
    id: 'M-ADP-61',
    title: 'gives a run the time that it likes',
    of: serves(
      (S) =>
        class extends S {
          override leftMs() {
            return 30_000;
          }
        },
    ),
  },
  {
    id: 'M-ADP-62',
    title: 'keeps the cancellation of a run to itself',
    of: serves(
      (S) =>
        class extends S {
          override onLeaving() {
            // The runtime goes on.
          }
        },
    ),
  },
];

/** What it was given along with an event, which is for that event alone. */
function lastToken({ events }: ReferenceAdapter): string {
  return [...events.values()].at(-1)?.token ?? '';
}
