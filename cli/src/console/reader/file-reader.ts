import type { Drawing, FileReader } from '@deephealth/console';
import { DeepHealthError } from '@deephealth/sdk';
import { ReaderProcess } from './reader-process.js';

const LIMIT_MS = 30_000;
/** Files that are read or drawn at once, and that wait for it. */
const MOST_PROCESSES = 2;
const MOST_WAITING = 8;
/** A process that nothing was asked of for so long is ended. */
const IDLE_MS = 60_000;
const RETRY_AFTER_MS = 2000;

/** Reads and draws what people send, in processes of their own. */
export class ProcessFileReader implements FileReader {
  readonly #idle: ReaderProcess[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #all = new Set<ReaderProcess>();
  #busy = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(private readonly limitMs: number = LIMIT_MS) {}

  async read(
    file: Parameters<FileReader['read']>[0],
    { inputs: described }: Parameters<FileReader['read']>[1],
    signal: AbortSignal,
  ): ReturnType<FileReader['read']> {
    const model = { inputs: described };
    const reply = await this.#with((reader) => reader.ask({ kind: 'read', file, model }, this.limitMs, signal));
    if (!('inputs' in reply)) throw new DeepHealthError('DH_INTERNAL', 'The reader answered another question.');
    const { inputs } = reply;
    return {
      inputs,
      draw: async (response) => {
        const nothing = new Map<string, Drawing>();
        try {
          const drawn = await this.#with((reader) =>
            reader.ask({ kind: 'draw', inputs, response }, this.limitMs, signal),
          );
          return 'drawings' in drawn ? new Map(drawn.drawings) : nothing;
        } catch {
          // The findings are there, and are not held back for want of a picture.
          return nothing;
        }
      },
    };
  }

  close(): void {
    clearTimeout(this.#idleTimer);
    for (const reader of this.#all) reader.end();
    this.#all.clear();
    this.#idle.length = 0;
  }

  /** Process ids, for tests. */
  get pids(): number[] {
    return [...this.#all].flatMap(({ pid }) => pid ?? []);
  }

  async #with<T>(work: (reader: ReaderProcess) => Promise<T>): Promise<T> {
    await this.#turn();
    const reader = this.#take();
    try {
      return await work(reader);
    } finally {
      this.#putBack(reader);
      this.#busy -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Resolves when one more may be busy. Throws DH_QUEUE_FULL. */
  async #turn(): Promise<void> {
    if (this.#busy >= MOST_PROCESSES) {
      if (this.#waiting.length >= MOST_WAITING) {
        throw new DeepHealthError(
          'DH_QUEUE_FULL',
          'The console reads as many files as it may. Try again in a moment.',
          {
            retryAfterMs: RETRY_AFTER_MS,
          },
        );
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#busy += 1;
  }

  #take(): ReaderProcess {
    let reader = this.#idle.pop();
    while (reader !== undefined && !reader.isAlive) {
      this.#all.delete(reader);
      reader = this.#idle.pop();
    }
    reader ??= new ReaderProcess();
    this.#all.add(reader);
    return reader;
  }

  #putBack(reader: ReaderProcess): void {
    if (!reader.isAlive) {
      this.#all.delete(reader);
      return;
    }
    this.#idle.push(reader);
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#endIdle(), IDLE_MS).unref();
  }

  #endIdle(): void {
    for (const reader of this.#idle.splice(0)) {
      reader.end();
      this.#all.delete(reader);
    }
  }
}
