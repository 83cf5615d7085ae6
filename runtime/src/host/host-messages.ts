import type { runtimeV1 } from '@deephealth/proto';
import type { ErrorCode, RawTensor } from '@deephealth/sdk';
import type { ModelInput } from './model-input.js';
import type { HostProbe } from './probe-host.js';

/** Server to host. One request is under way at a time; `id` only ties answer to question. */
export type HostRequest =
  | { readonly type: 'probe' }
  | { readonly type: 'load'; readonly folder: string; readonly intraOpThreads: number }
  | {
      readonly type: 'predict';
      readonly id: number;
      readonly inputs: Readonly<Record<string, ModelInput>>;
      /** Outputs of the manifest wanted, in its order. */
      readonly outputs: readonly string[];
    }
  | {
      readonly type: 'infer';
      readonly id: number;
      readonly tensors: Readonly<Record<string, RawTensor>>;
      /** ONNX outputs wanted. */
      readonly outputs: readonly string[];
    };

/** Host to server. */
export type HostReply =
  | { readonly type: 'probed'; readonly probe: HostProbe }
  | { readonly type: 'loaded'; readonly package: LoadedPackage }
  | {
      readonly type: 'load-failed';
      readonly error: WireError;
      readonly report: VerificationReport;
      readonly packageSha256: string;
      readonly title: string;
    }
  | { readonly type: 'predicted'; readonly id: number; readonly result: PredictionResult }
  | { readonly type: 'inferred'; readonly id: number; readonly result: InferenceResult }
  | { readonly type: 'failed'; readonly id: number; readonly error: WireError };

export interface LoadedPackage {
  readonly manifestJson: string;
  readonly packageSha256: string;
  readonly onnxSha256: string;
  readonly engine: string;
  readonly report: VerificationReport;
}

export interface VerificationReport {
  readonly checks: readonly VerificationCheck[];
  readonly completedAtMs: number;
  readonly goldenCases: number;
  readonly worstGoldenError: number;
}

export interface VerificationCheck {
  readonly name: CheckName;
  readonly status: 'CHECK_STATUS_PASSED' | 'CHECK_STATUS_FAILED' | 'CHECK_STATUS_NOT_RUN';
  readonly message: string;
  readonly durationUs: number;
}

export const CHECK_NAMES = ['package', 'graph', 'session', 'golden', 'determinism'] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

export interface PredictionResult {
  readonly findings: readonly runtimeV1.Finding[];
  readonly warnings: readonly runtimeV1.Warning[];
  readonly timings: RunTimings;
  readonly inputSha256: string;
}

export interface InferenceResult {
  readonly tensors: readonly (RawTensor & { readonly name: string })[];
  readonly timings: RunTimings;
  readonly inputSha256: string;
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
  /** For the server's log only: text of what was not one of our errors. */
  readonly internal?: string;
}
