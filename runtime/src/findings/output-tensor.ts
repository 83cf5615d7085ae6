import type { DataTypeName, TensorData } from '@deephealth/sdk';

/**
 * A tensor that the graph gave. `data` is the typed array of its type (FP16 and BF16 as 16-bit
 * patterns), or a Uint8Array of little-endian bytes at any alignment, whatever the type; BYTES are
 * always bytes, each element behind its 4-byte length. Borrowed and only read.
 */
export interface OutputTensor {
  readonly dataType: DataTypeName;
  readonly shape: readonly number[];
  readonly data: TensorData;
}
