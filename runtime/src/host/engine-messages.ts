import type { RawTensor, TensorSpec } from '@deephealth/sdk';
import type { WireError } from './host-messages.js';
import type { HostProbe } from './probe-host.js';

/** Main thread of the host to the thread that runs the engine. */
export type EngineRequest =
  | { readonly type: 'probe'; readonly id: number }
  | {
      readonly type: 'open';
      readonly id: number;
      readonly onnx: Uint8Array;
      readonly externalData: readonly { readonly file: string; readonly data: Uint8Array }[];
      readonly intraOpThreads: number;
    }
  /** Inputs of the run with the same id, which comes later or never; not answered. */
  | { readonly type: 'stage'; readonly id: number; readonly inputs: Readonly<Record<string, RawTensor>> }
  | { readonly type: 'drop'; readonly id: number }
  | {
      readonly type: 'run';
      readonly id: number;
      readonly session: number;
      readonly outputs: readonly TensorSpec[];
      readonly deadlineMs: number | null;
      /** One Int32: 0 until the run begins (1) or is taken back (2), whichever comes first. */
      readonly ticket: SharedArrayBuffer;
    }
  | { readonly type: 'release'; readonly id: number; readonly session: number };

export type EngineReply =
  | { readonly id: number; readonly value: EngineValue }
  | { readonly id: number; readonly error: WireError };

/** Session number of 'open', tensors of 'run'. */
export type EngineValue = number | EngineRun | HostProbe | undefined;

export interface EngineRun {
  readonly tensors: readonly (readonly [string, RawTensor])[];
  /** Monotonic clock, in microseconds. */
  readonly startedAtUs: number;
  readonly inferenceUs: number;
}

export const TICKET = { waiting: 0, begun: 1, revoked: 2 } as const;
