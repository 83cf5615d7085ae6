import type { RawTensor, TensorSpec } from '@deephealth/sdk';

/** What computes a model's output tensors from its input tensors, wherever it does so. */
export interface ModelSession {
  /** Name and version for provenance: "onnxruntime-node/1.30.0". */
  readonly engine: string;
  readonly provider: 'cpu' | 'remote';
  /** Runs that may be under way at the same time; 1 for a session on this machine. */
  readonly concurrency: number;
  /**
   * Computes the given outputs. Input bytes are only read, and are not needed once the promise has
   * settled; output bytes are the caller's. Throws a DeepHealthError: DH_MODEL_RUN_FAILED,
   * DH_MODEL_MEMORY_EXCEEDED, DH_MODEL_OUTPUT_INVALID, or one of the DH_REMOTE_ family.
   */
  run(inputs: Readonly<Record<string, RawTensor>>, outputs: readonly TensorSpec[]): Promise<SessionRun>;
  release(): Promise<void>;
}

export interface SessionRun {
  readonly tensors: ReadonlyMap<string, RawTensor>;
  /** Steps of a pipeline in the order in which they ran. */
  readonly steps?: readonly StepTrace[];
}

export interface StepTrace {
  readonly name: string;
  /** "model", "mean", "vote", ... */
  readonly operation: string;
  /** Empty for a step without a graph. */
  readonly onnxSha256: string;
  readonly durationUs: number;
}
