import type { runtimeV1 } from '@deephealth/proto';
import type { ErrorCode, RawTensor } from '@deephealth/sdk';
import type { RemoteTarget } from '../remote/remote-target.js';
import type { BatchingProof } from './batching-proof.js';
import type { ModelInput } from './model-input.js';
import type { StepTrace } from './model-session.js';
import type { HostProbe } from './probe-host.js';

/** Server to host. */
export type HostRequest =
  | { readonly type: 'probe' }
  | ({ readonly type: 'load' } & LoadOrder)
  | { readonly type: 'run'; readonly items: readonly RunItem[] }
  /** The item's caller has left: it does not start; if it runs already, it runs on. */
  | { readonly type: 'cancel'; readonly id: number }
  /** A paused item may run on. */
  | { readonly type: 'resume'; readonly id: number }
  /** The same of a request in the ring, which runs: it is stopped when all of its callers have left. */
  | { readonly type: 'leave-ring'; readonly slot: number; readonly generation: number };

export interface LoadOrder {
  readonly folder: string;
  /** Digest of the package that may be loaded, and no other one. Left out for whatever lies there. */
  readonly packageSha256?: string;
  readonly intraOpThreads: number;
  /** Threads of the machine, for a manifest that asks for more. */
  readonly maxThreads: number;
  /** Largest run of several items to be proven; 1 for none. */
  readonly maxBatchSize: number;
  /** Where the graph runs, for a package that another inference server runs. */
  readonly remote?: RemoteTarget;
  /** Proof of an earlier load in this server; holds for the very same package only. */
  readonly proven?: { readonly packageSha256: string; readonly batching: BatchingProof };
}

/** One item on its way to the graph. */
export type RunItem = {
  readonly id: number;
  /** 0 is the most urgent. */
  readonly rank: number;
  /** Monotonic clock of this machine, in microseconds, when the item was queued. */
  readonly queuedAtUs: number;
  /** Wall clock in ms; null for none. An item that has not started by then does not start. */
  readonly deadlineMs: number | null;
  /** True for an item that must not share a run. */
  readonly alone: boolean;
  /** State of the item's sequence, by ONNX input name. */
  readonly state?: Readonly<Record<string, RawTensor>>;
  readonly outputs: readonly string[];
} & (
  | {
      readonly kind: 'predict';
      readonly inputs: Readonly<Record<string, ModelInput>>;
      /** Outputs whose highlights are wanted; left out for none. */
      readonly highlights?: readonly string[];
    }
  | { readonly kind: 'infer'; readonly tensors: Readonly<Record<string, RawTensor>> }
);

/** Host to server. */
export type HostReply =
  | { readonly type: 'probed'; readonly probe: HostProbe }
  | {
      readonly type: 'loaded';
      readonly package: LoadedPackage;
      /** Whether the engine takes requests from shared memory. */
      readonly servesRing: boolean;
    }
  | {
      readonly type: 'load-failed';
      readonly error: WireError;
      readonly report: VerificationReport;
      readonly packageSha256: string;
      readonly title: string;
    }
  /** These items begin to run now, together. */
  | { readonly type: 'started'; readonly ids: readonly number[] }
  /** This item has further runs to make, and waits for `resume`; it is `started` again when they begin. */
  | { readonly type: 'paused'; readonly id: number }
  | { readonly type: 'results'; readonly results: readonly ItemResult[] }
  /** Resident memory of the process, told while it changes. */
  | { readonly type: 'memory'; readonly rssBytes: number }
  /** Whether the other inference server answers. */
  | { readonly type: 'backend'; readonly isServing: boolean; readonly reason: string };

export type ItemResult =
  | { readonly id: number; readonly prediction: PredictionResult; readonly run: RunFacts }
  | { readonly id: number; readonly inference: InferenceResult; readonly run: RunFacts }
  | { readonly id: number; readonly error: WireError; readonly run?: RunFacts };

/** What is known of the run that computed a result. */
export interface RunFacts {
  /** Of contract requests, for their provenance. */
  readonly inputSha256?: string;
  /** Microseconds from queueing to the start of the run, preparation not counted. */
  readonly queueUs: number;
  readonly timings: RunTimings;
  /** Items that shared the run. */
  readonly batchSize: number;
  /** Rows of the request itself; left out for one. */
  readonly rows?: number;
  readonly steps?: readonly StepTrace[];
  /** New state of the item's sequence, by ONNX input name. */
  readonly state?: Readonly<Record<string, RawTensor>>;
}

export interface LoadedPackage {
  readonly manifestJson: string;
  readonly packageSha256: string;
  readonly onnxSha256: string;
  readonly engine: string;
  readonly provider: 'cpu' | 'remote';
  /** Runs that may be under way at the same time. */
  readonly concurrency: number;
  readonly batching: BatchingProof;
  readonly report: VerificationReport;
}

export interface VerificationReport {
  readonly checks: readonly VerificationCheck[];
  readonly completedAtMs: number;
  readonly goldenCases: number;
  readonly worstGoldenError: number;
}

export interface VerificationCheck {
  readonly name: CheckName | typeof SIGNATURE_CHECK;
  readonly status: 'CHECK_STATUS_PASSED' | 'CHECK_STATUS_FAILED' | 'CHECK_STATUS_NOT_RUN';
  readonly message: string;
  readonly durationUs: number;
}

/** Made by the server itself, before a host sees the package; only where it asks for signatures. */
export const SIGNATURE_CHECK = 'signature';
export const CHECK_NAMES = ['package', 'graph', 'session', 'golden', 'determinism', 'batching'] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

export interface PredictionResult {
  readonly findings: readonly runtimeV1.Finding[];
  readonly warnings: readonly runtimeV1.Warning[];
}

export interface InferenceResult {
  readonly tensors: readonly (RawTensor & { readonly name: string })[];
}

/** Microseconds. */
export interface RunTimings {
  readonly preprocessUs: number;
  readonly inferenceUs: number;
  readonly postprocessUs: number;
}

/** A DeepHealthError as plain data. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, string>>;
  readonly retryAfterMs?: number;
  /** For the server's log only: text of what was not one of our errors. */
  readonly internal?: string;
}
