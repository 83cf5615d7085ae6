import { DeepHealthError } from '@deephealth/sdk';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import type { Mutant } from './mutant.js';

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
];
