import { DeepHealthError } from '../errors/deephealth-error.js';
import { type DataTypeName, ELEMENT_SIZE_BYTES } from './data-type.js';

/** Elements that one tensor may have unless a server sets another limit. */
export const DEFAULT_MAX_TENSOR_ELEMENTS = 2 ** 28;

/**
 * Extents from the wire (decimal strings or numbers) as numbers.
 * Throws DH_TENSOR_SHAPE_MISMATCH for a negative extent and DH_TENSOR_SHAPE_OVERFLOW if the product
 * is above `maxElements`, before anything is allocated.
 */
export function parseShape(
  field: string,
  extents: readonly (string | number)[],
  maxElements: number = DEFAULT_MAX_TENSOR_ELEMENTS,
): number[] {
  // The exact extents matter for the product: 2^53 + 1 as a number would already be another one.
  let product = 1n;
  const shape = extents.map((extent, axis) => {
    const exact = BigInt(extent);
    if (exact < 0n) {
      throw new DeepHealthError(
        'DH_TENSOR_SHAPE_MISMATCH',
        `Input "${field}": extent ${axis} of the shape is negative.`,
        {
          details: { input: field, axis: String(axis), expected: '0 or more', received: exact.toString() },
        },
      );
    }
    product *= exact;
    return exact;
  });
  // A zero extent makes any product 0, so huge neighbours are looked at on their own.
  const limit = BigInt(maxElements);
  if (product > limit || shape.some((extent) => extent > limit)) {
    throw new DeepHealthError(
      'DH_TENSOR_SHAPE_OVERFLOW',
      `Input "${field}": the shape holds more elements than the ${maxElements} that this server accepts.`,
      { details: { input: field, expected: `at most ${maxElements} elements`, received: `[${shape.join(', ')}]` } },
    );
  }
  return shape.map(Number);
}

/** Product of the extents; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/**
 * Checks that `byteLength` is what the type and shape need.
 * Throws DH_TENSOR_SIZE_MISMATCH. BYTES are checked by {@link decodeBytesElements}.
 */
export function checkByteLength(
  field: string,
  dataType: DataTypeName,
  shape: readonly number[],
  byteLength: number,
): void {
  const size = ELEMENT_SIZE_BYTES[dataType];
  if (size === undefined) return;
  const expected = elementCount(shape) * size;
  if (byteLength === expected) return;
  throw new DeepHealthError(
    'DH_TENSOR_SIZE_MISMATCH',
    `Input "${field}": ${dataType} [${shape.join(', ')}] needs ${expected} bytes, got ${byteLength}.`,
    { details: { input: field, expected: String(expected), received: String(byteLength) } },
  );
}
