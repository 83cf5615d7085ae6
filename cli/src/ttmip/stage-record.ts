import type { ADAPTERS } from '../adapters/start-adapter.js';

export type PlatformName = (typeof ADAPTERS)[number];

/** What happens to a model on its way into production, in the usual order. */
export const STAGES = [
  'imported',
  'packaged',
  'golden-verified',
  'bound',
  'conformance-passed',
  'served',
  'first-prediction',
] as const;
export type Stage = (typeof STAGES)[number];

/** One line of the file of a model version. It holds times, digests and codes, and nothing of a patient. */
export interface StageRecord {
  readonly stage: Stage;
  /** Absent where the stage is of all platforms. */
  readonly platform?: PlatformName;
  /** ISO 8601 with milliseconds, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** Wall-clock time that programs worked on it; the time that a person took to answer is not in it. */
  readonly machineMs: number;
  /** Commands that a person started for it, and questions that a person answered. */
  readonly humanSteps: number;
  readonly packageSha256?: string;
  /** Of the graph, if the package has one. */
  readonly modelSha256?: string;
  /** In words of this software; no path and no value of an input. */
  readonly detail?: string;
  readonly outcome: 'done' | 'failed';
  /** Why it failed, `DH_...`. */
  readonly code?: string;
}

/** A model version on one platform. Shared stages are in its sums, those after its production are not. */
export interface PlatformTimeline {
  readonly platform: PlatformName;
  readonly stages: readonly StageRecord[];
  /** Bound, judged conformant, and an answer has gone out through the platform's own face. */
  readonly isInProduction: boolean;
  /** From the begin of the first stage to the end of the one that put it into production; absent before. */
  readonly ttmipSeconds?: number;
  readonly machineSeconds: number;
  readonly humanSteps: number;
}

export interface Timeline {
  readonly name: string;
  readonly version: string;
  /** Empty as long as no stage has named it. */
  readonly modelSha256: string;
  readonly startedAt: string;
  /** All of them, in the order in which they ended. */
  readonly stages: readonly StageRecord[];
  /** Those of which there is a stage. */
  readonly platforms: readonly PlatformTimeline[];
}

/** Names a file of its own; anything else would lead out of the folder. */
export const PART_OF_A_PATH = /^(?!\.)[A-Za-z0-9._+-]{1,128}$/;
