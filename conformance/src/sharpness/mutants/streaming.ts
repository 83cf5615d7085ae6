import { DeepHealthError, type RawTensor } from '@deephealth/sdk';
import type { ReferenceRuntime, StreamBehaviour } from '../../reference/reference-runtime.js';
import type { ServedModel } from '../../reference/served-model.js';
import type { Mutant, Runtime } from './mutant.js';

export const STREAMING_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-STRM-01',
    title: 'answers items under the id of the one before',
    of: (R) =>
      class extends R {
        #last: string | undefined;
        override itemResult(...[itemId, response]: Parameters<ReferenceRuntime['itemResult']>) {
          const result = super.itemResult(this.#last ?? itemId, response);
          this.#last = itemId;
          return result;
        }
      },
  },
  {
    id: 'M-STRM-02',
    title: 'answers every item of a stream with the first answer',
    of: (R) =>
      class extends R {
        #first: Parameters<ReferenceRuntime['itemResult']>[1] | undefined;
        override itemResult(...[itemId, response]: Parameters<ReferenceRuntime['itemResult']>) {
          this.#first ??= response;
          return super.itemResult(itemId, this.#first);
        }
      },
  },
  {
    id: 'M-STRM-03',
    title: 'calls a failed item an internal error',
    of: (R) =>
      class extends R {
        override itemStatus(_thrown: unknown) {
          return super.itemStatus(new DeepHealthError('DH_INTERNAL', 'The item failed.'));
        }
      },
  },
  {
    id: 'M-STRM-04',
    title: 'takes two items with one id',
    of: (R) =>
      class extends R {
        override admitItem(_itemId: string, unanswered: ReadonlySet<string>) {
          super.admitItem('', unanswered);
        }
      },
  },
  {
    id: 'M-STRM-05',
    title: 'says of a failed item only that it failed',
    of: (R) =>
      class extends R {
        override itemStatus(thrown: unknown) {
          return { ...super.itemStatus(thrown), metadata: {} };
        }
      },
  },
  {
    id: 'M-STRM-06',
    title: 'holds answers back until those before them are out',
    of: (R) =>
      class extends R {
        #before: Promise<unknown> = Promise.resolve();
        override async predict(...[request, context]: Parameters<ReferenceRuntime['predict']>) {
          const before = this.#before;
          const mine = super.predict(request, context);
          this.#before = mine.catch(() => undefined);
          await before;
          return mine;
        }
      },
  },
  {
    id: 'M-STRM-07',
    title: 'takes fewer items at once than Ready allows',
    of: (R) =>
      class extends R {
        override admitItem(itemId: string, unanswered: ReadonlySet<string>) {
          if (unanswered.size >= 4) throw new DeepHealthError('DH_STREAM_LIMIT_EXCEEDED', 'Too many items.');
          super.admitItem(itemId, unanswered);
        }
      },
  },
  {
    id: 'M-STRM-08',
    title: 'takes any number of items at once',
    of: (R) =>
      class extends R {
        override admitItem(itemId: string, unanswered: ReadonlySet<string>) {
          super.admitItem(itemId, new Set([...unanswered].filter((one) => one === itemId)));
        }
      },
  },
  {
    id: 'M-STRM-09',
    title: 'gives an item too many another status than RESOURCE_EXHAUSTED',
    of: (R) =>
      class extends R {
        override itemStatus(thrown: unknown) {
          const status = super.itemStatus(thrown);
          return status.code === 8 ? { ...status, code: 13 } : status;
        }
      },
  },
  {
    id: 'M-STRM-10',
    title: 'ends a stream when its caller half-closes, whatever is under way',
    of: (R) => withStreams(R, { isPatient: false }),
  },
  {
    id: 'M-STRM-11',
    title: 'says Ready only when an item has come',
    of: (R) => withStreams(R, { isReadyFirst: false }),
  },
  {
    id: 'M-STRM-12',
    title: 'says another limit than its streams keep',
    of: (R) =>
      class extends R {
        override serverInfo() {
          const info = super.serverInfo();
          return { ...info, limits: { ...info.limits, maxStreamItemsInFlight: 64 } };
        }
      },
  },
  {
    id: 'M-STRM-13',
    title: 'drops answers that its caller is slow to read',
    of: (R) => withStreams(R, { isLossless: false, hasBackPressure: false }),
  },
  {
    id: 'M-STRM-14',
    title: 'takes the ids of items of all streams for those of one',
    of: (R) =>
      class extends R {
        readonly #all = new Set<string>();
        override unanswered() {
          return this.#all;
        }
      },
  },
  {
    id: 'M-STRM-15',
    title: 'keeps the places of a stream that was left',
    of: (R) =>
      class extends R {
        readonly #all = new Set<string>();
        override unanswered() {
          return this.#all;
        }
        override async run(...[served, inputs, context]: Parameters<ReferenceRuntime['run']>) {
          try {
            return await super.run(served, inputs, context);
          } catch (thrown) {
            return context.signal.aborted ? new Promise<never>(() => undefined) : Promise.reject(thrown);
          }
        }
      },
  },
  {
    id: 'M-STRM-17',
    title: 'counts answered items as unanswered',
    of: (R) =>
      class extends R {
        override unanswered() {
          return new (class extends Set<string> {
            override delete() {
              return false;
            }
          })();
        }
      },
  },
  {
    id: 'M-STRM-18',
    title: 'takes any text for the id of an item',
    of: (R) =>
      class extends R {
        override admitItem(itemId: string, unanswered: ReadonlySet<string>) {
          super.admitItem(/^[\x20-\x7e]{1,128}$/.test(itemId) ? itemId : 'fine', unanswered);
        }
      },
  },
  {
    id: 'M-STRM-20',
    title: 'takes no id of an item a second time',
    of: (R) =>
      class extends R {
        readonly #seen = new WeakMap<ReadonlySet<string>, Set<string>>();
        override admitItem(itemId: string, unanswered: ReadonlySet<string>) {
          const seen = this.#seen.get(unanswered) ?? new Set();
          if (seen.has(itemId)) throw new DeepHealthError('DH_ITEM_ID_DUPLICATE', 'An item had this id.');
          super.admitItem(itemId, unanswered);
          this.#seen.set(unanswered, seen.add(itemId));
        }
      },
  },
  {
    id: 'M-STRM-21',
    title: 'reads and keeps whatever comes, though nothing is read from it',
    of: (R) =>
      class extends withStreams(R, { hasBackPressure: false }) {
        readonly #kept: Buffer[] = [];
        override read<Message>(bytes: Buffer, decode: (bytes: Buffer) => Message) {
          this.#kept.push(Buffer.from(bytes));
          return super.read(bytes, decode);
        }
        override compute(_served: ServedModel, inputs: Record<string, RawTensor>) {
          return { y: inputs.x as RawTensor };
        }
      },
  },
];

function withStreams(Reference: Runtime, change: Partial<StreamBehaviour>): Runtime {
  return class extends Reference {
    override readonly streams = { ...new Reference([]).streams, ...change };
  };
}
