import { appendFileSync, closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const NOTE_BYTES = 160;

/**
 * What a fuzzing run leaves behind in the folder that `DEEPHEALTH_FUZZ_REPORT` names: `outcomes.jsonl` with a
 * line for each parser, and `under-way`, the input that is being read. Whoever started the run learns from
 * that which input ended the process, or does not come to an end.
 */
export class FuzzReport {
  readonly #folder: string;
  readonly #parser: string;
  readonly #underWay: number;

  private constructor(folder: string, parser: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#parser = parser;
    this.#underWay = openSync(join(folder, 'under-way'), 'w');
  }

  /** Undefined where no report is asked for. */
  static open(parser: string): FuzzReport | undefined {
    const folder = process.env.DEEPHEALTH_FUZZ_REPORT;
    return folder === undefined ? undefined : new FuzzReport(folder, parser);
  }

  begin(round: number, seed: number): void {
    writeSync(this.#underWay, `${this.#parser}: input ${round} of seed ${seed}`.padEnd(NOTE_BYTES), 0);
  }

  end(outcome: object): void {
    closeSync(this.#underWay);
    appendFileSync(join(this.#folder, 'outcomes.jsonl'), `${JSON.stringify(outcome)}\n`);
  }
}
