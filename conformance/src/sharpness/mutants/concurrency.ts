import type { RawTensor } from '@deephealth/sdk';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
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
];
