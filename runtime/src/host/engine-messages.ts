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
  | {
      readonly type: 'run';
      readonly id: number;
      readonly session: number;
      readonly inputs: Readonly<Record<string, RawTensor>>;
      readonly outputs: readonly TensorSpec[];
    }
  | { readonly type: 'release'; readonly id: number; readonly session: number };

export type EngineReply =
  | { readonly id: number; readonly value: EngineValue }
  | { readonly id: number; readonly error: WireError };

/** Session number of 'open', tensors of 'run'. */
export type EngineValue = number | readonly (readonly [string, RawTensor])[] | HostProbe | undefined;
