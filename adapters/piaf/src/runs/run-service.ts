import type { Readable } from 'node:stream';
import type { Manifest } from '@deephealth/sdk';
import type { ChainBinding } from '../bindings/processing-chain-binding.js';
import type { ArtefactRecord, RunCallbacks, RunRecord, RunState } from './run-record.js';

/** A chain that is served. */
export interface ServedChain {
  /** "<model>/<version>/<label>". */
  readonly id: string;
  readonly binding: ChainBinding;
  readonly manifest: Manifest;
  readonly packageSha256: string;
}

/** Where an input of a run is. A folder is a study of several files. */
export type InputReference =
  | { readonly kind: 'attachment'; readonly path: string; readonly checksum?: string }
  /** Below one of the folders that the operator opened for the tenant; `path` relative to it. */
  | { readonly kind: 'root'; readonly root: string; readonly path: string; readonly checksum?: string };

/** Files of a request on their way in, in a folder of their own that is gone if the run is not taken. */
export interface Upload {
  /**
   * Takes a file.
   *
   * @param name relative, with `/`
   * @throws DH_CHAIN_REQUEST_INVALID for a name that leaves the folder, is absolute, is given twice or names no
   * file; DH_MESSAGE_TOO_LARGE, DH_RUN_QUOTA_EXCEEDED
   */
  add(name: string, content: Readable | Buffer): Promise<void>;
  readonly names: readonly string[];
  discard(): Promise<void>;
}

/** A run that is asked for. */
export interface SubmitRequest {
  readonly tenant: string;
  readonly face: RunRecord['face'];
  readonly chain: string;
  /** Unchecked; names and values are checked against the chain. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly inputs: readonly InputReference[];
  readonly upload?: Upload;
  /** The same key of the same tenant gives the same run; with another request, DH_RUN_CONFLICT. */
  readonly idempotencyKey?: string;
  /** Kept with the run. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Called when the run changes; kept with the run, so that they are called after a restart, too. */
  readonly callbacks?: RunCallbacks;
}

export interface RunPage {
  readonly runs: readonly RunRecord[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

/**
 * The runs of all tenants, over one durable store. A tenant sees its own: a run of another one is not found.
 * The faces (WES, OGC, gRPC) speak to this and to nothing behind it.
 */
export interface RunService {
  readonly chains: readonly ServedChain[];
  createUpload(tenant: string): Promise<Upload>;
  /**
   * The run is durable when this resolves; inputs are not read yet.
   *
   * @throws DH_WORKFLOW_UNSUPPORTED for a chain that is not served, DH_CHAIN_REQUEST_INVALID naming the field,
   * DH_RUN_CONFLICT, DH_RUN_QUOTA_EXCEEDED and DH_QUEUE_FULL (both with retryAfterMs), DH_CALLBACK_REFUSED
   */
  submit(request: SubmitRequest): Promise<RunRecord>;
  /** @throws DH_RUN_NOT_FOUND */
  get(tenant: string, runId: string): RunRecord;
  /**
   * Newest first.
   *
   * @param pageSize 1 to 1000
   * @throws DH_CHAIN_REQUEST_INVALID for a page token that is none
   */
  list(tenant: string, options: { readonly pageSize: number; readonly pageToken?: string }): RunPage;
  /** Tenants of which there are runs. */
  tenants(): readonly string[];
  /** Runs of the tenant by their state. */
  counts(tenant: string): Readonly<Record<RunState, number>>;
  /**
   * Resolves when the run is CANCELING or has ended; of a run that has ended it changes nothing.
   *
   * @throws DH_RUN_NOT_FOUND
   */
  cancel(tenant: string, runId: string): Promise<RunRecord>;
  /** @throws DH_RUN_NOT_FOUND, DH_ARTEFACT_NOT_FOUND, DH_RUN_NOT_COMPLETE */
  openArtefact(
    tenant: string,
    runId: string,
    path: string,
  ): Promise<{ readonly artefact: ArtefactRecord; readonly content: Readable }>;
  /** Text that a task may show its caller: cleaned messages, no paths. Empty where there is none. */
  taskLog(tenant: string, runId: string, task: string): string;
  /** Called after each durable change, in order. */
  onChange(listener: (run: RunRecord) => void): () => void;
  /** Takes no more runs; those under way stay durable and go on after the next start. */
  close(): Promise<void>;
}
