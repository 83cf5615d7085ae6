import { appendFileSync, closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const NOTE_BYTES = 240;

/** What is being read. */
export interface UnderWay {
  readonly parser: string;
  readonly round: number;
  readonly seed: number;
  readonly readSeed: number;
}

/**
 * What a fuzzing run leaves behind in its folder: `outcomes.jsonl` and `findings.jsonl` with a line for each,
 * and the input that is being read, `under-way` with the note on it in `under-way.json`. Whoever started the run
 * learns from that which input ended the process, or does not come to an end.
 */
export class FuzzReport {
  readonly #folder: string;
  readonly #underWay: number;
  readonly #input: string;

  private constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#underWay = openSync(join(folder, 'under-way.json'), 'w');
    this.#input = join(folder, 'under-way');
  }

  /** Undefined where no report is asked for. */
  static open(folder: string | undefined): FuzzReport | undefined {
    return folder === undefined ? undefined : new FuzzReport(folder);
  }

  begin(note: UnderWay, bytes: Uint8Array): void {
    writeFileSync(this.#input, bytes);
    writeSync(this.#underWay, JSON.stringify({ ...note, pid: process.pid }).padEnd(NOTE_BYTES), 0);
  }

  finding(finding: object): void {
    appendFileSync(join(this.#folder, 'findings.jsonl'), `${JSON.stringify(finding)}\n`);
  }

  /** @param reached functions that were called, in a guided run */
  end(outcome: object, reached?: Iterable<string>): void {
    closeSync(this.#underWay);
    appendFileSync(join(this.#folder, 'outcomes.jsonl'), `${JSON.stringify(outcome)}\n`);
    if (reached === undefined) return;
    appendFileSync(join(this.#folder, 'reached.txt'), [...reached].map((line) => `${line}\n`).join(''));
  }
}
