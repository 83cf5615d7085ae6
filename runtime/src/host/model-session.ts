import type { RingOptions } from '@deephealth/native';
import type { RawTensor, TensorSpec } from '@deephealth/sdk';
import type { RunControl } from './run-control.js';

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
   *
   * @param control stops the run, with DH_CANCELLED, where the session can
   */
  run(
    inputs: Readonly<Record<string, RawTensor>>,
    outputs: readonly TensorSpec[],
    control?: RunControl,
  ): Promise<SessionRun>;
  /**
   * Hands inputs of a later run over, so that the run itself begins sooner; for sessions where that
   * takes time. The bytes are the session's from then on. Each is run or dropped, once.
   */
  stage?(inputs: Readonly<Record<string, RawTensor>>): StagedInputs;
  /**
   * Serves requests in shared memory besides, for as long as the session is there; for sessions that
   * need no JavaScript for that. False if this one cannot here.
   */
  serveRing?(options: RingOptions): boolean;
  /** The caller of a request of the ring has left, which runs. */
  leaveRing?(slot: number, generation: number): void;
  release(): Promise<void>;
}

export interface StagedInputs {
  /** May be called while another run is under way: it begins when that one has ended. */
  run(outputs: readonly TensorSpec[], options: StagedRunOptions, control?: RunControl): Promise<SessionRun>;
  /**
   * Takes a run back that has not begun: true if so. Its promise then never settles, and its inputs
   * are as they were before.
   */
  revoke(): boolean;
  drop(): void;
}

export interface StagedRunOptions {
  /** Wall clock in ms; a run that has not begun by then fails with DH_DEADLINE_EXCEEDED. */
  readonly deadlineMs: number | null;
}

export interface SessionRun {
  readonly tensors: ReadonlyMap<string, RawTensor>;
  /** When the run itself began and how long it took, where the session knows better than its caller. */
  readonly timing?: { readonly startedAtUs: number; readonly inferenceUs: number };
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
