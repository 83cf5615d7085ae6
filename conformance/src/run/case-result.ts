import type { Level, PlannedCase, Profile } from '../cases/case-types.js';
import type { Exchange } from '../targets/exchange.js';

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

/** What one case found. */
export interface CaseResult {
  readonly id: string;
  readonly parameters: string;
  readonly slug: string;
  readonly level: Level;
  readonly profile: Profile;
  /** Shown, but neither counted nor held against the target. */
  readonly provisional?: boolean;
  readonly requirement: readonly string[];
  /** Requirements of a public standard, by their public ids. */
  readonly standard?: readonly string[];
  readonly status: CaseStatus;
  readonly durationMs: number;
  /** What was seen to be right. */
  readonly evidence: readonly string[];
  /** What was wrong, or why the case was not judged. */
  readonly detail: string;
  /** Where a known failure is followed up. */
  readonly issue?: string;
  /** What was sent and what came back, in short. */
  readonly exchanges?: readonly Exchange[];
}

/** What became of a case, with what is always said of it. */
export function resultOf(
  { id, parameters, slug, level, profile, provisional, requirement, standard }: PlannedCase,
  outcome: Pick<CaseResult, 'status' | 'durationMs' | 'evidence' | 'detail'>,
): CaseResult {
  const marked = provisional === true ? { provisional } : {};
  const named = standard === undefined ? {} : { standard };
  return { id, parameters, slug, level, profile, ...marked, requirement, ...named, ...outcome };
}

/** A case that was left out, and why. */
export function unjudged(one: PlannedCase, status: 'skipped' | 'notRun' | 'notApplicable', detail: string): CaseResult {
  return resultOf(one, { status, durationMs: 0, evidence: [], detail });
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
