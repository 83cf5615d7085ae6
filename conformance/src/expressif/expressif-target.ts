import type { WrittenModel } from '../models/write-models.js';
import type { RuleRuntime } from './rule-runtime.js';

/** What stands behind an adapter of profile `expressif`; questions go to the contract's face of the target. */
export interface ExpressifTarget {
  readonly runtime: RuleRuntime;
  /** "host:port" of that runtime. */
  readonly runtimeAddress: string;
  /** The suite's packages for the platform. */
  readonly models: readonly WrittenModel[];
  /** URL of its face over HTTP; empty where it has none. */
  readonly http: string;
}
