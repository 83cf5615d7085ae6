import type { Level } from '../cases/case-types.js';

export type CaseStatus =
  | 'pass'
  | 'fail'
  /** A SHOULD that does not hold. */
  | 'warn'
  /** The target does not declare the feature. */
  | 'unsupported'
  | 'notApplicable'
  | 'skipped'
  | 'knownFail'
  | 'unexpectedPass'
  | 'inconclusive'
  /** The suite's own fault, never the target's. */
  | 'error'
  | 'notRun';

export interface CaseResult {
  readonly id: string;
  readonly parameters: string;
  readonly slug: string;
  readonly level: Level;
  readonly requirement: readonly string[];
  readonly status: CaseStatus;
  readonly durationMs: number;
  /** What was seen to be right. */
  readonly evidence: readonly string[];
  /** What was wrong, or why the case was not judged. */
  readonly detail: string;
}

/** Thrown where the target can be neither right nor wrong: the case does not apply, or nothing can be said. */
export class NotJudged extends Error {
  readonly status: 'unsupported' | 'notApplicable' | 'inconclusive';

  constructor(status: NotJudged['status'], reason: string) {
    super(reason);
    this.status = status;
  }
}

/** Thrown by a step that finds the target wrong; anything else that is thrown is the suite's own fault. */
export class TargetFailure extends Error {}
