/** A run as the reference keeps it, in one file. */
export interface ReferenceRun {
  readonly id: string;
  /** Grows with each run. */
  readonly sequence: number;
  readonly tenant: string;
  /** "<model>/<version>/<label>". */
  readonly chain: string;
  readonly packageSha256: string;
  readonly parameters: Readonly<Record<string, number | boolean>>;
  /** Of WES, to be given back. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Digest of what was asked for. */
  readonly fingerprint: string;
  readonly idempotencyKey?: string;
  readonly callbacks?: RunCallbacks;
  readonly checksums: readonly (string | undefined)[];
  readonly itemCount: number;
  state: string;
  progress: number;
  readonly submittedAt: string;
  startedAt?: string;
  endedAt?: string;
  readonly tasks: ReferenceTask[];
  failure?: { readonly code: string; readonly message: string };
}

export interface RunCallbacks {
  readonly success?: string;
  readonly inProgress?: string;
  readonly failed?: string;
}

export interface ReferenceTask {
  readonly name: string;
  state: string;
  startedAt?: string;
  endedAt?: string;
}

export const FINAL_STATES: readonly string[] = ['COMPLETE', 'EXECUTOR_ERROR', 'SYSTEM_ERROR', 'CANCELED'];

/** What a face makes of a request. */
export interface RunWish {
  readonly tenant: string;
  readonly chain: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly inputs: readonly { readonly bytes: Buffer; readonly checksum?: string }[];
  readonly request: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string;
  readonly callbacks?: RunCallbacks;
}
