import { setTimeout as delay } from 'node:timers/promises';
import type { RawTensor } from '@deephealth/sdk';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import type { ServedModel } from '../../reference/served-model.js';
import type { WireFront } from '../../reference/wire-front.js';
import type { Mutant, Runtime } from './mutant.js';

/** The reference behind something that changes what is on the wire. */
export function behind(Reference: Runtime, toFront: () => WireFront): Runtime {
  return class extends Reference {
    override readonly front = toFront();
  };
}

export const DEADLINES_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-DLN-01',
    title: 'does not look at deadlines',
    of: (R) =>
      behind(R, () => ({
        onStream: (_stream, { 'grpc-timeout': _, ...headers }, passOn) => void passOn(headers),
      })),
  },
  {
    id: 'M-DLN-02',
    title: 'looks at a deadline only when a call arrives',
    of: (R) =>
      behind(R, () => ({
        onStream: (_stream, { 'grpc-timeout': timeout, ...headers }, passOn) =>
          void passOn(String(timeout).endsWith('n') ? { ...headers, 'grpc-timeout': timeout } : headers),
      })),
  },
  {
    id: 'M-DLN-03',
    title: 'runs to the end whatever nobody waits for',
    of: (R) =>
      class extends R {
        override wait(runMs: number, _signal: AbortSignal) {
          return super.wait(runMs, new AbortController().signal);
        }
      },
  },
  {
    id: 'M-DLN-04',
    title: 'runs what was given up while it waited',
    of: (R) =>
      class extends R {
        override async wait(runMs: number, signal: AbortSignal) {
          // Calls that are given up together are so one after the other.
          await delay(5);
          return super.wait(runMs, signal.aborted ? new AbortController().signal : signal);
        }
      },
  },
  {
    id: 'M-DLN-05',
    title: 'ends everything that runs when one caller leaves or is late',
    of: (R) =>
      class extends R {
        #everyone = new AbortController();
        override run(...[served, inputs, context]: Parameters<ReferenceRuntime['run']>) {
          const everyone = this.#everyone;
          context.signal.addEventListener('abort', () => {
            everyone.abort();
            if (this.#everyone === everyone) this.#everyone = new AbortController();
          });
          const signal = AbortSignal.any([context.signal, everyone.signal]);
          return super.run(served, inputs, { ...context, signal });
        }
      },
  },
  {
    id: 'M-DLN-06',
    title: 'ends the connection of a call that is reset',
    of: (R) =>
      behind(R, () => ({
        onStream: (stream, _headers, passOn) => {
          // Not from within HTTP/2's own callback.
          const { session } = stream;
          stream.on('aborted', () => setImmediate(() => session?.destroy()));
          passOn();
        },
      })),
  },
  {
    id: 'M-DLN-07',
    title: 'answers wrongly after a call that was cancelled',
    of: (R) =>
      class extends R {
        #isUpset = false;
        override run(...[served, inputs, context]: Parameters<ReferenceRuntime['run']>) {
          context.signal.addEventListener('abort', () => {
            this.#isUpset = true;
          });
          return super.run(served, inputs, context);
        }
        override compute(served: ServedModel, inputs: Record<string, RawTensor>) {
          const all = super.compute(served, inputs);
          if (this.#isUpset) for (const { data } of Object.values(all)) data[0] = (data[0] ?? 0) ^ 0x40;
          return all;
        }
      },
  },
];
