import type { WrittenModel } from '../models/write-models.js';
import type { TileRuntime } from './tile-runtime.js';

/** What stands behind an adapter of profile `digital-pathology`; slides go to the contract's face of the target. */
export interface WsiTarget {
  readonly runtime: TileRuntime;
  /** "host:port" of that runtime. */
  readonly runtimeAddress: string;
  /** The suite's packages for the platform. */
  readonly models: readonly WrittenModel[];
}
