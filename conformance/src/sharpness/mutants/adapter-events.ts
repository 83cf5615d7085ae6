import { setTimeout as delay } from 'node:timers/promises';
import { type DeepHealthError, tensorFromValues } from '@deephealth/sdk';
import type { ReferenceAdapter } from '../../reference/adapter/reference-adapter.js';
import type { EventState, PlatformPart } from '../../simulators/platform-simulator.js';
import type { AdapterMutant } from './adapter-mutant.js';

type Deliver = Parameters<ReferenceAdapter['deliver']>;

const SOON_MS = 20;

/** What an adapter may get wrong with events of its platform, and when something is gone. */
export const ADAPTER_EVENT_MUTANTS: readonly AdapterMutant[] = [
  {
    id: 'M-ADP-10',
    title: "counts the platform's time from when the inputs were there",
    of: (A) =>
      class extends A {
        override remainingMs(record: Parameters<ReferenceAdapter['remainingMs']>[0]) {
          return super.remainingMs({ ...record, arrivedAt: Date.now() });
        }
      },
  },
  {
    id: 'M-ADP-12',
    title: "keeps the platform's cancellation to itself",
    of: (A) =>
      class extends A {
        override signalOf() {
          return new AbortController().signal;
        }
      },
  },
  {
    id: 'M-ADP-18',
    title: 'brings a result once, and forgets it',
    of: (A) =>
      class extends A {
        override async deliver(...[{ token }, result]: Deliver): Promise<EventState> {
          await this.platform.deliver(result, token, AbortSignal.timeout(SOON_MS));
          return { state: 'delivered' };
        }
      },
  },
  {
    id: 'M-ADP-19',
    title: 'brings a refused result again and again',
    of: (A) =>
      class extends A {
        override async deliver(...[record, result]: Deliver): Promise<EventState> {
          const state = await super.deliver(record, result);
          if (state.state === 'undelivered') void this.#press(record, result);
          return state;
        }
        async #press(...[record, result]: Deliver): Promise<void> {
          while (!record.cancelled.signal.aborted) {
            await delay(SOON_MS);
            if ((await super.deliver(record, result)).state === 'delivered') return;
          }
        }
      },
  },
  {
    id: 'M-ADP-20',
    title: 'takes the same event again for another one',
    of: (A) =>
      class extends A {
        override isKnown() {
          return false;
        }
      },
  },
  {
    id: 'M-ADP-21',
    title: 'calls complete what is left of a result',
    of: (A) =>
      class extends A {
        override resultOf(...[record, parts]: Parameters<ReferenceAdapter['resultOf']>) {
          return super.resultOf(
            record,
            parts.filter(({ error }) => error === undefined),
          );
        }
      },
  },
  {
    id: 'M-ADP-22',
    title: 'gives the first answer to whoever asked first',
    of: (A) =>
      class extends A {
        readonly #waiting: ((part: PlatformPart) => void)[] = [];
        override ask(...args: Parameters<ReferenceAdapter['ask']>) {
          const answered = new Promise<PlatformPart>((resolve) => this.#waiting.push(resolve));
          void super.ask(...args).then((part) => this.#waiting.shift()?.(part));
          return answered;
        }
      },
  },
  {
    id: 'M-ADP-26',
    title: 'says that it is ready, whatever its runtime is',
    of: (A) =>
      class extends A {
        override async isReady() {
          return true;
        }
      },
  },
  {
    id: 'M-ADP-27',
    title: 'does not look for a runtime that was lost',
    of: (A) =>
      class extends A {
        override channelOptions() {
          const neverMs = 3_600_000;
          return {
            ...super.channelOptions(),
            'grpc.initial_reconnect_backoff_ms': neverMs,
            'grpc.max_reconnect_backoff_ms': neverMs,
          };
        }
      },
  },
  {
    id: 'M-ADP-29',
    title: 'asks with zeros where the platform gives no inputs',
    of: (A) =>
      class extends A {
        override async inputsOf(record: Parameters<ReferenceAdapter['inputsOf']>[0]) {
          try {
            return await super.inputsOf(record);
          } catch {
            const features = tensorFromValues('FP32', [1, 16], new Array(16).fill(0));
            return Object.fromEntries(record.event.requests.map(({ id }) => [id, { features }]));
          }
        }
      },
  },
  {
    id: 'M-ADP-31',
    title: 'waits for a runtime that hangs, however long',
    of: (A) =>
      class extends A {
        override remainingMs() {
          return 3_600_000;
        }
      },
  },
  {
    id: 'M-ADP-34',
    title: 'is not live without its runtime',
    of: (A) =>
      class extends A {
        override isLive() {
          return this.isReady();
        }
      },
  },
  {
    id: 'M-ADP-43',
    title: 'takes a lost runtime for a reason not to ask again',
    of: (A) =>
      class extends A {
        override errorOf(error: DeepHealthError) {
          return { ...super.errorOf(error), retryable: error.retryable && error.code !== 'DH_CONNECT_FAILED' };
        }
      },
  },
  {
    id: 'M-ADP-44',
    title: 'says that a refused result was delivered',
    of: (A) =>
      class extends A {
        override stateAfter(): EventState {
          return { state: 'delivered' };
        }
      },
  },
  {
    id: 'M-ADP-45',
    title: 'serves one event after the other',
    of: (A) =>
      class extends A {
        #last: Promise<unknown> = Promise.resolve();
        override work(record: Parameters<ReferenceAdapter['work']>[0]) {
          const turn = this.#last.then(() => super.work(record));
          this.#last = turn;
          return turn;
        }
      },
  },
];
