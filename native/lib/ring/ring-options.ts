/** A tensor as its declaration promises it. */
export type RingTensor = readonly [
  name: string,
  /** By ONNX's number; no texts. */
  elementType: number,
  /** -1 for an extent that may vary. At most eight axes. */
  shape: readonly number[],
  maxExtent: number,
  mustBeFinite: boolean,
  /** NaN for no bound. Bounds go with FP32 and FP64 only. */
  lowest: number,
  highest: number,
];

/** What a session is to serve, and how. */
export interface RingOptions {
  /** The segment that the server writes. */
  readonly requests: Uint8Array;
  /** The segment that both write, with room for larger results behind the ring. */
  readonly answers: Uint8Array;
  readonly inputs: readonly RingTensor[];
  readonly outputs: readonly RingTensor[];
  /** Sizes in which requests may share a run, ascending from 1. */
  readonly sizes: readonly number[];
  /** Descriptor of a socket: a byte sent there says that answers have come. */
  readonly bell: number;
}
