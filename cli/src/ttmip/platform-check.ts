import type { PlatformName, StageRecord } from './stage-record.js';

/** A sample of the data that a model was added with. */
export interface AddedSample {
  readonly path: string;
  readonly mediaType: string;
  /** Of a table: the row, by column; `path` is then not read. */
  readonly values?: Readonly<Record<string, number | string | boolean | null>>;
  readonly expectedLabel?: string;
}

export interface PlatformCheck {
  readonly platform: PlatformName;
  /** The prediction came back as it was, and no case of the selection failed. */
  readonly isConformant: boolean;
  /**
   * The adapter of this release, judged by the suite's own packages: it is the same for every model. Nothing is judged
   * where no answer came back, and `selection` is empty.
   */
  readonly conformance: { readonly passed: number; readonly failed: number; readonly selection: string };
  /** This package, through the platform's own face, beside what the contract says of the same input. */
  readonly prediction: { readonly isEqual: boolean; readonly shown: string };
  readonly machineMs: number;
  /** What is wrong, a sentence each; empty where the check is passed. */
  readonly failures: readonly string[];
  /** What was reached and what was not, measured, for whoever records the way of the model. */
  readonly stages: readonly StageRecord[];
}

/** What came back through a platform's own face. */
export interface PlatformAnswer {
  /** What differs from the prediction of the contract, a sentence each. */
  readonly differences: readonly string[];
  /** What a person at the platform would see, in a line. */
  readonly shown: string;
}
