import { setTimeout as delay } from 'node:timers/promises';
import { DeepHealthError } from '@deephealth/sdk';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import type { OpenSequence, SequenceItem } from '../../reference/reference-sequences.js';
import type { Mutant, Runtime } from './mutant.js';

type InSequence = Parameters<ReferenceRuntime['predictInSequence']>;

/** Takes each item as if it were another one. */
function withItems(Reference: Runtime, change: (item: SequenceItem) => SequenceItem): Runtime {
  return class extends Reference {
    override predictInSequence(...[served, request, item, context]: InSequence) {
      return super.predictInSequence(served, request, change(item), context);
    }
  };
}

/** Starts the sequence where it must be refused with `code`. */
function startsInstead(Reference: Runtime, code: string): Runtime {
  return class extends Reference {
    override async predictInSequence(...[served, request, item, context]: InSequence) {
      try {
        return await super.predictInSequence(served, request, item, context);
      } catch (thrown) {
        if (!(thrown instanceof DeepHealthError) || thrown.code !== code) throw thrown;
        return super.predictInSequence(served, request, { ...item, isStart: true }, context);
      }
    }
  };
}

export const STATEFUL_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-STAT-01',
    title: 'forgets the state of a sequence after each item',
    of: (R) =>
      class extends R {
        override keepState() {}
      },
  },
  {
    id: 'M-STAT-02',
    title: 'does not tell the place of an item in its sequence',
    of: (R) =>
      class extends R {
        override async predictInSequence(...args: InSequence) {
          const response = await super.predictInSequence(...args);
          return { ...response, provenance: { ...response.provenance, sequencePosition: '0' } };
        }
      },
  },
  {
    id: 'M-STAT-03',
    title: 'keeps one state for all sequences',
    of: (R) =>
      class extends R {
        #shared: OpenSequence['state'] | undefined;
        override stateFor(sequence: OpenSequence) {
          return this.#shared ?? super.stateFor(sequence);
        }
        override keepState(...[served, sequence, outputs]: Parameters<ReferenceRuntime['keepState']>) {
          super.keepState(served, sequence, outputs);
          this.#shared = sequence.state;
        }
      },
  },
  {
    id: 'M-STAT-04',
    title: 'goes on with a sequence that has ended',
    of: (R) => withItems(R, (item) => ({ ...item, isEnd: false })),
  },
  {
    id: 'M-STAT-05',
    title: 'starts a sequence that it does not know',
    of: (R) => startsInstead(R, 'DH_SEQUENCE_UNKNOWN'),
  },
  {
    id: 'M-STAT-06',
    title: 'goes on from the state before an item that failed',
    of: (R) =>
      class extends R {
        override onItemFailed() {}
      },
  },
  {
    id: 'M-STAT-07',
    title: 'starts a sequence anew that is open',
    of: (R) => startsInstead(R, 'DH_SEQUENCE_OPEN'),
  },
  {
    id: 'M-STAT-08',
    title: 'takes items of a sequence in the order in which it gets to them',
    of: (R) =>
      class extends R {
        #items = 0;
        override async predictInSequence(...args: InSequence) {
          await delay((3 - (this.#items++ % 3)) * 20);
          return super.predictInSequence(...args);
        }
      },
  },
  {
    id: 'M-STAT-09',
    title: 'makes up a sequence for an item that names none',
    of: (R) => withItems(R, (item) => ({ ...item, sequenceId: item.sequenceId || 'made-up' })),
  },
  {
    id: 'M-STAT-10',
    title: 'keeps sequences of a model that was unloaded',
    of: (R) =>
      class extends R {
        override forgetStates() {}
      },
  },
];
