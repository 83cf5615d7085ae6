import { DeepHealthError } from '@deephealth/sdk';

/** The bytes behind the JSON of a request, which the inputs take in their order. */
export class BinaryPart {
  private offset = 0;

  constructor(private readonly bytes: Buffer) {}

  /** Throws DH_TENSOR_SIZE_MISMATCH if fewer bytes are left. */
  take(size: number, label: string): Buffer {
    const left = this.bytes.byteLength - this.offset;
    if (size > left) {
      throw new DeepHealthError(
        'DH_TENSOR_SIZE_MISMATCH',
        `Input "${label}": "binary_data_size" is ${size}, but only ${left} bytes of the body are left for it.`,
        { details: { input: label, expected: String(size), received: String(left) } },
      );
    }
    this.offset += size;
    return this.bytes.subarray(this.offset - size, this.offset);
  }

  /** Throws DH_TENSOR_SIZE_MISMATCH if bytes are left that no input has announced. */
  assertUsedUp(): void {
    const left = this.bytes.byteLength - this.offset;
    if (left === 0) return;
    throw new DeepHealthError(
      'DH_TENSOR_SIZE_MISMATCH',
      `The body holds ${left} bytes more than the inputs announce with "binary_data_size".`,
      {
        details: { field: 'binary_data_size', expected: String(this.offset), received: String(this.bytes.byteLength) },
      },
    );
  }
}
