import { setTimeout as delay } from 'node:timers/promises';
import type { RawTensor } from '@deephealth/sdk';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import type { ServedModel } from '../../reference/served-model.js';
import type { Mutant } from './mutant.js';

/** Computes for so long that nothing else is heard. */
function busyFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

export const PERFORMANCE_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-PERF-01',
    title: 'hears nobody while a model runs',
    of: (R) =>
      class extends R {
        override async wait(runMs: number, _signal: AbortSignal) {
          busyFor(runMs);
        }
      },
  },
  {
    id: 'M-PERF-02',
    title: 'answers an input that it knows from memory',
    of: (R) =>
      class extends R {
        readonly #known = new Map<string, Record<string, RawTensor>>();
        override async run(...[served, inputs, context]: Parameters<ReferenceRuntime['run']>) {
          const data = Object.values(inputs).map((tensor) => Buffer.from(tensor.data).toString('base64'));
          const key = [served.model.name, ...data].join();
          const outputs = this.#known.get(key) ?? (await super.run(served, inputs, context));
          this.#known.set(key, outputs);
          return outputs;
        }
      },
  },
  {
    id: 'M-PERF-03',
    title: 'takes a time that grows with the square of the payload',
    of: (R) =>
      class extends R {
        override async run(...[served, inputs, context]: Parameters<ReferenceRuntime['run']>) {
          const bytes = Object.values(inputs).reduce((all, { data }) => all + data.byteLength, 0);
          await delay(400 * (bytes / 2 ** 18) ** 2);
          return super.run(served, inputs, context);
        }
      },
  },
  {
    id: 'M-PERF-04',
    title: 'takes longer for each call the more calls wait',
    of: (R) =>
      class extends R {
        #waiting = 0;
        override async inTurn(served: ServedModel, run: () => Promise<void>) {
          this.#waiting += 1;
          await super.inTurn(served, async () => {
            await delay(15 * this.#waiting);
            await run();
          });
          this.#waiting -= 1;
        }
      },
  },
  {
    id: 'M-PERF-05',
    title: 'takes its time over each answer of a stream',
    of: (R) =>
      class extends R {
        override itemResult(...args: Parameters<ReferenceRuntime['itemResult']>) {
          busyFor(40);
          return super.itemResult(...args);
        }
      },
  },
];
