import type { SteeredTarget } from '../targets/steered-target.js';
import type { TileRuntime } from './tile-runtime.js';

/** What stands behind an adapter of profile `digital-pathology`; slides go to the contract's face of the target. */
export type WsiTarget = SteeredTarget<TileRuntime>;
