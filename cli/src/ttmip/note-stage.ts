import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DEFAULT_STATE_FOLDER } from '@deephealth/runtime';
import { DeepHealthError } from '@deephealth/sdk';
import { readRecords } from './read-timelines.js';
import { recordStage, timelineFile } from './record-stage.js';
import type { PlatformName, Stage, StageRecord } from './stage-record.js';

export interface ModelName {
  readonly name: string;
  readonly version: string;
}

/** What a command knows of a stage when it is over. */
export interface EndedStage {
  readonly stage: Stage;
  readonly platform?: PlatformName | undefined;
  /** Default 0: of several stages of one command, one has its step. */
  readonly humanSteps?: number;
  readonly packageSha256?: string | undefined;
  readonly modelSha256?: string | undefined;
  readonly detail?: string;
  /** What was thrown, or its code; absent where the stage was reached. */
  readonly failure?: unknown;
  readonly code?: string | undefined;
}

const VARIABLE = 'DEEPHEALTH_TTMIP';

/** Where timelines are kept; undefined where they are turned off. `DEEPHEALTH_TTMIP` names another folder, or `off`. */
export function ttmipFolder(stateFolder: string = DEFAULT_STATE_FOLDER): string | undefined {
  const set = process.env[VARIABLE];
  if (set === 'off') return undefined;
  return set || join(stateFolder, 'ttmip');
}

/** Measures a stage from now on. */
export class StageClock {
  #startedAt = new Date();
  #started = performance.now();
  #waitedMs = 0;

  /** Waits for a person, which is in the wall-clock time of the stage and no work of the machine. */
  async wait<T>(answer: Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await answer;
    } finally {
      this.#waitedMs += performance.now() - began;
    }
  }

  /** The next stage begins now: what was done in between belongs to none. */
  restart(): void {
    this.#begin(new Date(), performance.now());
  }

  /** The record of a stage that ends now; the next stage begins at that moment. */
  end(ended: EndedStage): StageRecord {
    const { failure, humanSteps = 0, stage } = ended;
    const code = ended.code ?? (failure === undefined ? undefined : DeepHealthError.from(failure).code);
    const now = performance.now();
    const record: StageRecord = {
      stage,
      ...(ended.platform !== undefined && { platform: ended.platform }),
      startedAt: this.#startedAt.toISOString(),
      endedAt: new Date(this.#startedAt.getTime() + (now - this.#started)).toISOString(),
      machineMs: Math.round(now - this.#started - this.#waitedMs),
      humanSteps,
      ...(ended.packageSha256 && { packageSha256: ended.packageSha256 }),
      ...(ended.modelSha256 && { modelSha256: ended.modelSha256 }),
      ...(ended.detail !== undefined && { detail: ended.detail }),
      outcome: code === undefined ? 'done' : 'failed',
      ...(code !== undefined && { code }),
    };
    this.#begin(new Date(record.endedAt), now);
    return record;
  }

  #begin(startedAt: Date, started: number): void {
    this.#startedAt = startedAt;
    this.#started = started;
    this.#waitedMs = 0;
  }
}

/** How a stage is noted. */
export interface NoteOptions {
  /** Default {@link ttmipFolder}. */
  readonly folder?: string | undefined;
  /** The command makes packages, and so begins a timeline. Others go on with those that have a beginning. */
  readonly begins?: boolean;
  /** Only the first of its kind counts. */
  readonly once?: boolean;
}

/** Records a stage for a command, which never fails by it: a folder that cannot be written is no error. */
export async function noteStage(model: ModelName, record: StageRecord, options: NoteOptions = {}): Promise<void> {
  const { folder = ttmipFolder(), begins = false, once = false } = options;
  if (folder === undefined) return;
  try {
    const path = timelineFile(folder, model);
    if (!begins && !existsSync(path)) return;
    if (once && (await readRecords(path)).some((one) => isSameStage(one, record))) return;
    await recordStage(folder, model, record);
  } catch {
    // Nobody waits for the record: the work itself was done.
  }
}

function isSameStage(one: StageRecord, other: StageRecord): boolean {
  return one.stage === other.stage && one.platform === other.platform && one.outcome === other.outcome;
}
