import type { RawTensor } from '@deephealth/sdk';

/** State tensors of one sequence, by the ONNX input that takes each one. Only read, never changed in place. */
export type SequenceState = Readonly<Record<string, RawTensor>>;

/** Bytes that the tensors of a state hold. */
export function stateSizeBytes(state: SequenceState): number {
  return Object.values(state).reduce((sum, { data }) => sum + data.byteLength, 0);
}
