import type { RingOptions } from '../ring/ring-options.js';

/** An input of a run: name, element type by ONNX's number, extents, little-endian bytes. */
export type EngineInput = readonly [name: string, elementType: number, shape: readonly number[], bytes: Uint8Array];

export type EngineOutput = readonly [elementType: number, shape: readonly number[], bytes: Buffer];

/** Times are of the monotonic clock, in microseconds. */
export type EngineResult =
  | readonly [startedAtUs: number, durationUs: number, outputs: readonly EngineOutput[]]
  | readonly [startedAtUs: number, durationUs: number, failure: EngineFailure, message: string];

/** "terminated" at a wish, "expired" before it began, or "failed" by the engine's own account. */
export type EngineFailure = 'terminated' | 'expired' | 'failed';

/** A graph that is loaded, and a thread that runs it, one run after another. */
export interface EngineSession {
  /** Queues a run. The bytes of its inputs are borrowed until `onEnd`, and must not change till then. */
  run(
    id: number,
    inputs: readonly EngineInput[],
    outputs: readonly string[],
    deadlineMs: number,
    onEnd: (result: EngineResult) => void,
  ): void;
  /** Runs in the calling thread, which it blocks; for graphs that take microseconds. */
  runNow(inputs: readonly EngineInput[], outputs: readonly string[]): EngineResult;
  /** Takes a run back that has not begun: true if so; its `onEnd` is then never called. */
  revoke(id: number): boolean;
  /** Stops a run at the next node of its graph; it then ends as "terminated". False for an unknown id. */
  terminate(id: number): boolean;
  /**
   * Starts a thread that takes requests from the ring, runs them and answers there. Both segments are
   * borrowed until the session is closed. On Linux only.
   */
  serveRing?(options: RingOptions): void;
  /** The caller of a request of the ring has left; its run is stopped when all of its callers have. */
  leaveRing?(slot: number, generation: number): void;
  /** Gives the graph's memory back. Throws while a run has not ended. */
  close(): void;
  /** Version of the library. */
  version(): string;
}

export interface EngineAddon {
  readonly EngineSession: new (library: string, model: Uint8Array, intraOpThreads: number) => EngineSession;
}
