import type { SteeredTarget } from '../targets/steered-target.js';
import type { RuleRuntime } from './rule-runtime.js';

/** What stands behind an adapter of profile `expressif`; questions go to the contract's face of the target. */
export interface ExpressifTarget extends SteeredTarget<RuleRuntime> {
  /** URL of its face over HTTP; empty where it has none. */
  readonly http: string;
}
