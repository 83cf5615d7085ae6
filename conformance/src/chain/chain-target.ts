import type { SteeredTarget } from '../targets/steered-target.js';
import type { CallbackReceiver } from './callback-receiver.js';
import type { ChainRuntime } from './chain-runtime.js';

/** A service of profile `processing-chain`, with what stands behind it. */
export interface ChainTarget extends SteeredTarget<ChainRuntime> {
  /** URL that WES and OGC are below; another one after a restart. */
  url(): string;
  /** All that it has written, that of processes that ended before included. */
  log(): readonly string[];
  /** Absent where the suite was not told of it. */
  readonly stateFolder?: string;
  /** Where the suite is called back. */
  readonly callbacks: CallbackReceiver;
  /** Longest wait for a run, in ms. */
  readonly patienceMs: number;
  /**
   * Kills it without a word and starts it again with the same settings; absent where the suite cannot.
   *
   * @param meanwhile while it is away
   */
  readonly restart?: (meanwhile?: () => Promise<void>) => Promise<void>;
}
