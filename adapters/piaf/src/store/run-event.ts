import type { ArtefactRecord, RunRecord, RunState, TaskRecord } from '../runs/run-record.js';

/** What is known of a run from its first moment on. */
export interface SubmittedRun
  extends Pick<
    RunRecord,
    'runId' | 'tenant' | 'face' | 'chain' | 'packageSha256' | 'parameters' | 'request' | 'backend' | 'callbacks'
  > {
  /** Inputs in their order: relative to the folder of the run, or below a root of the operator. */
  readonly inputs: readonly StoredInput[];
  readonly idempotency?: { readonly key: string; readonly requestSha256: string };
}

export type StoredInput =
  | { readonly kind: 'attachment'; readonly path: string; readonly checksum?: string }
  | { readonly kind: 'root'; readonly root: string; readonly path: string; readonly checksum?: string };

/** A line of the journal of a run. */
export type RunEvent = { readonly at: string } & (
  | { readonly type: 'submitted'; readonly run: SubmittedRun }
  | { readonly type: 'state'; readonly state: RunState; readonly failure?: RunRecord['failure'] }
  | { readonly type: 'items'; readonly items: number; readonly chunks: readonly string[] }
  | { readonly type: 'task'; readonly task: TaskRecord }
  | { readonly type: 'handle'; readonly handle: string }
  | { readonly type: 'artefacts'; readonly artefacts: readonly ArtefactRecord[] }
);

/** An event that is still to happen. */
export type RunChange = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

/** All that the journal says: the record for callers, and what only the service knows. */
export interface StoredRun {
  readonly record: RunRecord;
  readonly submitted: SubmittedRun;
  /** Of the backend; see ChainBackend. */
  readonly handle?: string;
}

export function isFinal(state: RunState): boolean {
  return (
    state === 'COMPLETE' ||
    state === 'EXECUTOR_ERROR' ||
    state === 'SYSTEM_ERROR' ||
    state === 'CANCELED' ||
    state === 'PREEMPTED'
  );
}

/** Name of a task that is a chunk. */
export function isChunk(name: string): boolean {
  return name.startsWith('chunk-');
}
