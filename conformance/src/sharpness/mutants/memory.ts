import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import type { Mutant } from './mutant.js';

/** What stays behind of each request. */
const rest = () => Buffer.alloc(16 * 1024, 1);

export const MEMORY_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-MEM-01',
    title: 'keeps 16 KiB of each answer',
    of: (R) =>
      class extends R {
        readonly #kept: Buffer[] = [];
        override respond(...args: Parameters<ReferenceRuntime['respond']>) {
          this.#kept.push(rest());
          return super.respond(...args);
        }
      },
  },
  {
    id: 'M-MEM-02',
    title: 'keeps the memory of models that it has unloaded',
    of: (R) =>
      class extends R {
        readonly #kept: Buffer[] = [];
        override load(name: string, version: string) {
          this.#kept.push(Buffer.alloc(8 * 1024 * 1024, 1));
          return super.load(name, version);
        }
      },
  },
  {
    id: 'M-MEM-03',
    title: 'keeps 16 KiB of each refusal',
    of: (R) =>
      class extends R {
        readonly #kept: Buffer[] = [];
        override failure(thrown: unknown) {
          this.#kept.push(rest());
          return super.failure(thrown);
        }
      },
  },
  {
    id: 'M-MEM-04',
    title: 'keeps 16 KiB of each stream',
    of: (R) =>
      class extends R {
        readonly #kept: Buffer[] = [];
        override unanswered() {
          this.#kept.push(rest());
          return super.unanswered();
        }
      },
  },
];
