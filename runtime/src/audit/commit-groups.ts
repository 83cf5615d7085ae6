export interface CommitGroupsOptions {
  /** Makes records durable, all or none of them. */
  commit(bodies: readonly string[]): Promise<void>;
}

interface Group {
  readonly bodies: string[];
  readonly done: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Group commit: while one group of records is being made durable, the next gathers, however many there are; all of a
 * group wait for the same write, by one promise that they share.
 */
export class CommitGroups {
  readonly #commit: (bodies: readonly string[]) => Promise<void>;
  #gathering = newGroup();
  #isRunning = false;
  #idle: Promise<void> = Promise.resolve();
  // The promise of a group is all that its records hold of it.
  readonly #written = new WeakSet<Promise<void>>();

  constructor({ commit }: CommitGroupsOptions) {
    this.#commit = commit;
  }

  /** Records that wait for the next write. */
  get waiting(): number {
    return this.#gathering.bodies.length;
  }

  /** Settles as the write of its group does. The order of records is that of the calls. */
  add(body: string): Promise<void> {
    const { bodies, done } = this.#gathering;
    bodies.push(body);
    if (!this.#isRunning) {
      this.#isRunning = true;
      this.#idle = this.#run();
    }
    return done;
  }

  /** Whether a promise of {@link add} has resolved. */
  hasWritten(done: Promise<void>): boolean {
    return this.#written.has(done);
  }

  /** Resolves when nothing waits. */
  get idle(): Promise<void> {
    return this.#idle;
  }

  async #run(): Promise<void> {
    while (this.#gathering.bodies.length > 0) {
      // What comes in this turn of the event loop goes along, after another group, too: it would wait for the whole
      // of the next write otherwise.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const group = this.#gathering;
      this.#gathering = newGroup();
      try {
        await this.#commit(group.bodies);
        this.#written.add(group.done);
        group.resolve();
      } catch (error) {
        group.reject(error);
      }
    }
    this.#isRunning = false;
  }
}

function newGroup(): Group {
  let settle: Pick<Group, 'resolve' | 'reject'> | undefined;
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Not everybody who records waits.
  done.catch(() => undefined);
  return { bodies: [], done, ...(settle as Pick<Group, 'resolve' | 'reject'>) };
}
