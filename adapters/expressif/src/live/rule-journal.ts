import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import type { Rule } from '../knowledge-base.js';
import type { ResolvedChange } from './rule-change.js';

/** What is kept of one edit. Lines of the journal are such records in JSON. */
export type JournalRecord = {
  /** Of the rule base after the edit. */
  readonly version: number;
  readonly digest: string;
  readonly at?: number;
  readonly author?: string;
  readonly reason?: string;
} & (
  | { readonly changes: readonly ResolvedChange[] }
  /** A way back holds the rules of each block, so that it can be followed when the version it names is forgotten. */
  | { readonly revertOf: number; readonly rules: readonly (readonly Rule[])[] }
);

export type RuleJournal = {
  /** What it held when it was opened, in its order. */
  readonly records: readonly unknown[];
  /** Returns when the record is on the disk. @throws DH_OUTPUT_NOT_WRITTEN, and then the record does not count */
  append(record: JournalRecord): void;
  close(): void;
};

const OPENING_BRACE = 0x7b;
const FORMAT = 'deephealth-rule-edits-1';

/**
 * Opens the journal of the edits of a rule base, or begins it. A line counts when it is there with its end: what
 * a process that was killed left of one is cut off, for nobody was told that it is kept.
 *
 * @param base digest of the rule base before all edits
 * @throws DH_RULES_JOURNAL_INVALID where it is damaged or that of another rule base; DH_OUTPUT_NOT_WRITTEN
 */
export function openRuleJournal(path: string, base: string): RuleJournal {
  const file = new JournalFile(path);
  try {
    const [head, ...records] = file.lines.map(toRecord);
    if (head === undefined) {
      file.append({ journal: FORMAT, base });
      syncFolder(path);
    } else if (head.journal !== FORMAT) throw invalid('It is no journal of a form that is known');
    else if (head.base !== base) throw invalid('It began with another rule base');
    return { records, append: (record) => file.append(record), close: () => file.close() };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** @param what a sentence without its full stop */
export function invalid(what: string): DeepHealthError {
  return new DeepHealthError('DH_RULES_JOURNAL_INVALID', `The journal of edits cannot be followed. ${what}.`);
}

function toRecord(line: string, index: number): Readonly<Record<string, unknown>> {
  try {
    const record: unknown = JSON.parse(line);
    if (typeof record === 'object' && record !== null) return record as Record<string, unknown>;
  } catch {
    // Said below: the message of the parser may hold what stands in the line.
  }
  throw invalid(`Line ${index + 1} is no record`);
}

class JournalFile {
  readonly lines: readonly string[];
  readonly #descriptor: number;
  #end: number;
  #state: 'sound' | 'closed' | 'unknown' = 'sound';

  constructor(path: string) {
    this.#descriptor = writing(() => openSync(path, 'a+'));
    try {
      const bytes = writing(() => readFileSync(this.#descriptor));
      this.#end = bytes.lastIndexOf('\n') + 1;
      this.lines = bytes.subarray(0, this.#end).toString('utf8').split('\n').slice(0, -1);
      // The beginning of a line may be cut off; what never was one is not ours to cut.
      if (this.#end === 0 && bytes.length > 0 && bytes[0] !== OPENING_BRACE) throw invalid('It is no journal');
      if (this.#end < bytes.length) writing(() => this.#cut());
    } catch (error) {
      this.close();
      throw error;
    }
  }

  append(record: object): void {
    if (this.#state !== 'sound') throw notWritten(new Error(`the journal is ${this.#state}`));
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    writing(() => {
      // Two programs that write into one journal would make it lead nowhere.
      if (fstatSync(this.#descriptor).size !== this.#end) throw new Error('the journal was changed from outside');
    });
    try {
      for (let at = 0; at < line.length; ) at += writeSync(this.#descriptor, line, at);
      fsyncSync(this.#descriptor);
    } catch (error) {
      // Where even that fails nobody knows what is on the disk: nothing more is written behind it.
      this.#state = 'unknown';
      writing(() => this.#cut());
      this.#state = 'sound';
      throw notWritten(error);
    }
    this.#end += line.length;
  }

  close(): void {
    if (this.#state !== 'closed') closeSync(this.#descriptor);
    this.#state = 'closed';
  }

  #cut(): void {
    ftruncateSync(this.#descriptor, this.#end);
    fsyncSync(this.#descriptor);
  }
}

/** A new file is safe only when the folder that names it is. */
function syncFolder(path: string): void {
  // Windows opens no folder, and needs none to be written.
  if (process.platform === 'win32') return;
  writing(() => {
    const folder = openSync(dirname(path), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  });
}

function writing<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw notWritten(error);
  }
}

function notWritten(cause: unknown): DeepHealthError {
  return new DeepHealthError('DH_OUTPUT_NOT_WRITTEN', 'The journal of edits could not be written.', { cause });
}
