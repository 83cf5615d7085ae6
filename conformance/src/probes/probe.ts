import type { Step } from '../cases/case-types.js';
import type { StepContext } from '../run/run-steps.js';
import type { TargetClient } from '../targets/target-client.js';

export interface ProbeContext extends StepContext {
  /** What the case gives to the probe. */
  readonly with: Readonly<Record<string, unknown>>;
  /** A step as in a case, on the channel of the case or on another one; gives its evidence. */
  readonly ask: (step: Step, client?: TargetClient) => Promise<string[]>;
}

/**
 * A check in code, for what calls and answers in a case cannot express. It gives the evidence of what was
 * right; it throws TargetFailure where the target is wrong and NotJudged where nothing can be said.
 * Whatever it opens or starts, it closes and stops.
 */
export type Probe = (context: ProbeContext) => Promise<string[]>;
