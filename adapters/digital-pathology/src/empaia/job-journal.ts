import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { notWritten } from '../run/not-written.js';

/** What the platform has of an output, as far as it is known here. */
export interface PostedOutput {
  readonly id: string;
  /** All of it is there. */
  readonly isComplete: boolean;
  /** Ids of the items of a collection that are there. */
  readonly items: readonly string[];
  /** Items were being sent: whether they are there is not known. */
  readonly isUncertain: boolean;
}

interface Journal {
  /** Of the run that the outputs are of; absent before the first. */
  readonly planSha256?: string;
  readonly isFinalized: boolean;
  readonly outputs: Readonly<Record<string, PostedOutput>>;
}

const FILE = 'posted.json';

/**
 * What of a job's outputs was posted, in the folder of the job: the App API has no address to ask for it. A job that
 * was ended goes on from there, and posts nothing twice that it had an answer for.
 */
export class JobJournal {
  readonly #folder: string;
  #journal: Journal;

  private constructor(folder: string, journal: Journal) {
    this.#folder = folder;
    this.#journal = journal;
  }

  /** @throws DH_RUN_STATE_CORRUPT, DH_OUTPUT_NOT_WRITTEN */
  static async open(folder: string): Promise<JobJournal> {
    await mkdir(folder, { recursive: true }).catch(notWritten);
    const text = await readFile(join(folder, FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw corrupt(error);
    });
    return new JobJournal(folder, text === undefined ? { isFinalized: false, outputs: {} } : parse(text));
  }

  /** @throws DH_RUN_STATE_MISMATCH for outputs of another run */
  async bind(planSha256: string): Promise<void> {
    const before = this.#journal.planSha256;
    if (before === undefined) return this.#write({ ...this.#journal, planSha256 });
    if (before === planSha256) return;
    throw new DeepHealthError(
      'DH_RUN_STATE_MISMATCH',
      'Outputs of this job were posted by another model, or with other settings. A job has those of one alone.',
    );
  }

  get isFinalized(): boolean {
    return this.#journal.isFinalized;
  }

  output(key: string): PostedOutput | undefined {
    return this.#journal.outputs[key];
  }

  async set(key: string, output: PostedOutput): Promise<void> {
    await this.#write({ ...this.#journal, outputs: { ...this.#journal.outputs, [key]: output } });
  }

  /** As if it had not been posted. */
  async forget(key: string): Promise<void> {
    const { [key]: _, ...outputs } = this.#journal.outputs;
    await this.#write({ ...this.#journal, outputs });
  }

  async finalized(): Promise<void> {
    await this.#write({ ...this.#journal, isFinalized: true });
  }

  /** Whole or not at all, and on the disk when it returns. */
  async #write(journal: Journal): Promise<void> {
    this.#journal = journal;
    try {
      const file = await open(join(this.#folder, `${FILE}.new`), 'w');
      try {
        await file.writeFile(JSON.stringify(journal));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(join(this.#folder, `${FILE}.new`), join(this.#folder, FILE));
    } catch (error) {
      notWritten(error);
    }
  }
}

function parse(text: string): Journal {
  try {
    const journal = JSON.parse(text) as Journal;
    if (typeof journal.isFinalized === 'boolean' && typeof journal.outputs === 'object') return journal;
  } catch (error) {
    throw corrupt(error);
  }
  throw corrupt(undefined);
}

function corrupt(cause: unknown): DeepHealthError {
  return new DeepHealthError(
    'DH_RUN_STATE_CORRUPT',
    'What was noted of the outputs of this job cannot be read. Start the job anew.',
    { cause },
  );
}
