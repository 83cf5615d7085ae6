import type { Fault } from './harness-protocol.js';

/** A runtime that can be steered: put back as it was, and hurt in ways that no call of the contract can. */
export interface Harness {
  /** Of the runtime; the same until `stop`. */
  readonly address: string;
  /** What the harness itself did wrong; nothing can be asked of it then. */
  readonly failure?: HarnessError | undefined;
  /** False if it cannot do this to its runtime. Rejects with a HarnessError. */
  inject(fault: Fault): Promise<boolean>;
  /** Brings back the state after the start. Rejects with a HarnessError. */
  reset(): Promise<void>;
  /** Ends the runtime and the harness. Rejects with a HarnessError; whatever it was, both are gone. */
  stop(): Promise<void>;
}

/** A fault of the harness, never of the runtime behind it: the suite calls it an error, not a failure. */
export class HarnessError extends Error {
  constructor(problem: string) {
    super(`the harness: ${problem}`);
  }
}
