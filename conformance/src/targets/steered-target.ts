import type { WrittenModel } from '../models/write-models.js';

/** What stands behind an adapter that is asked on the contract's face. */
export interface SteeredTarget<Runtime> {
  readonly runtime: Runtime;
  /** "host:port" of that runtime. */
  readonly runtimeAddress: string;
  /** The suite's packages for the platform. */
  readonly models: readonly WrittenModel[];
}
