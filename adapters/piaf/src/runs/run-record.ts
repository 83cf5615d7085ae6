/** States of GA4GH WES 1.1, of which OGC's are made. */
export type RunState =
  | 'QUEUED'
  | 'INITIALIZING'
  | 'RUNNING'
  | 'PAUSED'
  | 'COMPLETE'
  | 'EXECUTOR_ERROR'
  | 'SYSTEM_ERROR'
  | 'CANCELED'
  | 'CANCELING'
  | 'PREEMPTED';

export const FINAL_STATES: readonly RunState[] = [
  'COMPLETE',
  'EXECUTOR_ERROR',
  'SYSTEM_ERROR',
  'CANCELED',
  'PREEMPTED',
];

/** A run as its store knows it. Times are ISO 8601 in UTC. */
export interface RunRecord {
  /** 32 hexadecimal digits, not to be guessed. */
  readonly runId: string;
  readonly tenant: string;
  /** Face that it came by. */
  readonly face: 'wes' | 'ogc' | 'grpc' | 'command';
  /** "<model>/<version>/<label>". */
  readonly chain: string;
  /** Package that it is pinned to, whatever is served later. */
  readonly packageSha256: string;
  readonly parameters: Readonly<Record<string, number | boolean>>;
  /** What the face keeps of the request, to give it back; opaque to the store. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly backend: string;
  readonly state: RunState;
  /** 0 to 100, never less than before. */
  readonly progress: number;
  readonly submittedAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly updatedAt: string;
  /** Items of the run, when they are known. */
  readonly itemCount?: number;
  readonly tasks: readonly TaskRecord[];
  /** Of a run that ended otherwise than COMPLETE. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** Where the caller wants to be told of changes. */
  readonly callbacks?: RunCallbacks;
  /** Of a COMPLETE run. */
  readonly artefacts: readonly ArtefactRecord[];
}

/** Addresses of OGC's subscriber. */
export interface RunCallbacks {
  readonly success?: string;
  readonly inProgress?: string;
  readonly failed?: string;
}

/** One task: a step (`stage-in`, `merge`) or a chunk. */
export interface TaskRecord {
  /** `stage-in`, `chunk-00000`, ..., `merge`. */
  readonly name: string;
  readonly state: RunState;
  /** How often it was begun. */
  readonly attempts: number;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly exitCode?: number;
  readonly failure?: { readonly code: string; readonly message: string };
}

/** A file that a run gave, with its digest. */
export interface ArtefactRecord {
  /** Relative to the result, with `/`. */
  readonly path: string;
  readonly mediaType: string;
  readonly size: number;
  readonly sha256: string;
}
