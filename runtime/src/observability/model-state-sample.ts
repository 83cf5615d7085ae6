import type { ModelState } from '../lifecycle/model-version.js';

/** How one version of the store stands at this moment, asked for when metrics are read. */
export interface ModelStateSample {
  readonly name: string;
  readonly version: string;
  readonly state: ModelState;
  /** True while somebody has stopped its use. */
  readonly isSuspended: boolean;
  /** Requests that wait. */
  readonly queueLength: number;
  /** Requests that run. */
  readonly running: number;
  readonly openSequences: number;
  /** Its model hosts, in a stable order. */
  readonly hosts: readonly { readonly pid: number | undefined; readonly rssBytes: number }[];
  /** Also counted, by reason, through the observer; metrics use that. */
  readonly hostRestarts: number;
}

/** What a version in the shadow has shown. */
export interface ShadowSample {
  readonly name: string;
  readonly version: string;
  readonly compared: number;
  readonly sameDecisions: number;
  readonly sameValues: number;
  readonly failed: number;
  readonly dropped: number;
  readonly largestDifference: number;
}

/** Every state, so that a series exists for the ones that a version is not in. */
export const MODEL_STATES = Object.keys({
  DISCOVERED: true,
  VERIFYING: true,
  READY: true,
  DRAINING: true,
  UNLOADED: true,
  QUARANTINED: true,
} satisfies Record<ModelState, true>) as readonly ModelState[];
