import { type RawTensor, type TensorSpec, tensorFromValues, tensorValues } from '@deephealth/sdk';
import type { ModelSession, SessionRun, StagedInputs, StagedRunOptions } from '../model-session.js';

type Tensors = Readonly<Record<string, RawTensor>>;

/** Output rows from input rows, each row a list of numbers. */
export type Compute = (rows: readonly (readonly number[])[]) => number[][];

/** One run as the session saw it. */
export interface SeenRun {
  /** Rows of input `x`. */
  readonly rows: readonly (readonly number[])[];
  readonly outputs: readonly string[];
  end(): void;
  fail(error: unknown): void;
}

/**
 * A session that computes FP32 `y` from FP32 `x` row by row with a function. Runs end by
 * themselves, or, in a held session, when the test ends them.
 */
export class SessionDouble implements ModelSession {
  readonly engine = 'double/1';
  provider: 'cpu' | 'remote' = 'cpu';
  readonly concurrency: number;
  readonly runs: SeenRun[] = [];
  isReleased = false;
  readonly #compute: Compute;
  readonly #isHeld: boolean;

  constructor(options: { readonly compute?: Compute; readonly isHeld?: boolean; readonly concurrency?: number } = {}) {
    this.#compute = options.compute ?? ((rows) => rows.map((row) => [...row]));
    this.#isHeld = options.isHeld ?? false;
    this.concurrency = options.concurrency ?? 1;
  }

  /** Rows of each run. */
  get sizes(): number[] {
    return this.runs.map(({ rows }) => rows.length);
  }

  run(inputs: Tensors, outputs: readonly TensorSpec[]): Promise<SessionRun> {
    return new Promise((resolve, reject) => {
      const rows = rowsOf(inputs.x as RawTensor);
      const end = () => {
        try {
          resolve({ tensors: new Map(outputs.map(({ name }) => [name, tensorOf(this.#compute(rows))])) });
        } catch (thrown) {
          reject(thrown);
        }
      };
      this.runs.push({ rows, outputs: outputs.map(({ name }) => name), end, fail: reject });
      if (!this.#isHeld) end();
    });
  }

  async release(): Promise<void> {
    this.isReleased = true;
  }
}

/** A session with a thread of its own: one run is under way, the others wait there and can be taken back. */
export class StagingSessionDouble extends SessionDouble {
  /** Runs that were handed over and have not begun. */
  readonly behind: { readonly value: number; begin(): void; isRevoked: boolean }[] = [];
  dropped = 0;
  #isBusy = false;

  stage(inputs: Tensors): StagedInputs {
    let entry: (typeof this.behind)[number] | undefined;
    return {
      run: async (outputs, _options: StagedRunOptions) => {
        const value = rowsOf(inputs.x as RawTensor)[0]?.[0] as number;
        await new Promise<void>((begin) => {
          entry = { value, begin, isRevoked: false };
          this.behind.push(entry);
          this.#beginNext();
        });
        try {
          return await this.run(inputs, outputs);
        } finally {
          this.#isBusy = false;
          this.#beginNext();
        }
      },
      revoke: () => {
        const index = entry === undefined ? -1 : this.behind.indexOf(entry);
        if (index < 0) return false;
        this.behind.splice(index, 1);
        return true;
      },
      drop: () => {
        this.dropped += 1;
      },
    };
  }

  #beginNext(): void {
    if (this.#isBusy) return;
    const next = this.behind.shift();
    if (next === undefined) return;
    this.#isBusy = true;
    next.begin();
  }
}

export function tensorOf(rows: readonly (readonly number[])[]): RawTensor {
  return tensorFromValues('FP32', [rows.length, rows[0]?.length ?? 0], rows.flat());
}

export function rowsOf(tensor: RawTensor): number[][] {
  const values = tensorValues(tensor).map(Number);
  const [rows, columns] = tensor.shape as [number, number];
  return Array.from({ length: rows }, (_, row) => values.slice(row * columns, (row + 1) * columns));
}

/** FP32 `name` [-1, 2]. */
export const pairs = (name: string): TensorSpec => ({ name, dataType: 'FP32', shape: [-1, 2] });
