import { type FileHandle, open } from 'node:fs/promises';
import { DeepHealthError } from '@deephealth/sdk';
import type { TaskRecord } from '../runs/run-record.js';
import type { RunChange, RunEvent, StoredRun } from './run-event.js';
import { RunProjection } from './run-projection.js';

/** Says at its turn, when all before it is written, what is to be written; nothing where nothing is to change. */
export type RunDecision = (run: StoredRun) => RunChange | undefined;

/** Events of one run, appended one after the other; what `append` resolved for survives whatever ends the process. */
export interface RunJournal {
  readonly run: StoredRun;
  task(name: string): TaskRecord | undefined;
  /** @throws DH_OUTPUT_NOT_WRITTEN; the event did not happen then */
  append(change: RunChange | RunDecision): Promise<StoredRun>;
  close(): Promise<void>;
}

/**
 * Opens the journal of a run, or begins it with its submission. What an ended process left unfinished at its end is
 * cut off.
 *
 * @throws DH_RUN_STORE_INVALID for a journal that is damaged before its end, DH_OUTPUT_NOT_WRITTEN
 */
export async function openRunJournal(path: string, begun?: RunChange): Promise<RunJournal> {
  const file = await open(path, begun === undefined ? 'r+' : 'wx+', 0o600).catch(notWritten);
  try {
    const journal = new Journal(file);
    if (begun === undefined) await journal.replay();
    else await journal.append(begun);
    return journal;
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

class Journal implements RunJournal {
  readonly #file: FileHandle;
  #known: RunProjection | undefined;
  #end = 0;
  /** Whether something may stand behind the end. */
  #isTorn = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: FileHandle) {
    this.#file = file;
  }

  get run(): StoredRun {
    if (this.#known === undefined) throw new RangeError('the journal is empty');
    return this.#known.run;
  }

  task(name: string): TaskRecord | undefined {
    return this.#known?.task(name);
  }

  async replay(): Promise<void> {
    const bytes = await this.#file.readFile();
    // A line counts from its line feed on; what stands behind the last one was never promised to anybody.
    this.#end = bytes.lastIndexOf(0x0a) + 1;
    let line = 0;
    try {
      for (let from = 0; from < this.#end; ) {
        line++;
        const feed = bytes.indexOf(0x0a, from);
        this.#apply(JSON.parse(bytes.toString('utf8', from, feed)) as RunEvent);
        from = feed + 1;
      }
    } catch (cause) {
      throw new DeepHealthError('DH_RUN_STORE_INVALID', `Line ${line} of the journal of a run is damaged.`, { cause });
    }
    if (this.#known === undefined) {
      throw new DeepHealthError('DH_RUN_STORE_INVALID', 'The journal of a run is empty.');
    }
    if (this.#end < bytes.length) await this.#file.truncate(this.#end).catch(notWritten);
  }

  append(change: RunChange | RunDecision): Promise<StoredRun> {
    const written = this.#last.then(() => this.#write(change));
    // A failed event does not keep the next ones from being tried.
    this.#last = written.catch(() => undefined);
    return written;
  }

  async #write(given: RunChange | RunDecision): Promise<StoredRun> {
    const change = typeof given === 'function' ? given(this.run) : given;
    if (change === undefined) return this.run;
    const event = { at: new Date().toISOString(), ...change } as RunEvent;
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    try {
      await this.#cut();
      this.#isTorn = true;
      await writeAll(this.#file, line, this.#end);
      await this.#file.datasync();
      this.#isTorn = false;
    } catch (cause) {
      // What stands there of it is not to be read by the next start.
      await this.#cut().catch(() => undefined);
      return notWritten(cause);
    }
    this.#end += line.length;
    this.#apply(event);
    return this.run;
  }

  /** A shorter line over the rest of a longer one would leave a damaged line behind it. */
  async #cut(): Promise<void> {
    if (!this.#isTorn) return;
    await this.#file.truncate(this.#end);
    this.#isTorn = false;
  }

  #apply(event: RunEvent): void {
    if (this.#known === undefined) this.#known = new RunProjection(event);
    else this.#known.apply(event);
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }
}

/** A disk that is nearly full takes the beginning of a line, and says so only by how much it took. */
async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

function notWritten(cause: unknown): never {
  throw new DeepHealthError(
    'DH_OUTPUT_NOT_WRITTEN',
    'The journal of a run cannot be written. Check space and rights.',
    {
      cause,
    },
  );
}
