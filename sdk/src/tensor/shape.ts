import { DeepHealthError } from '../errors/deephealth-error.js';
import { type DataTypeName, ELEMENT_SIZE_BYTES } from './data-type.js';

/** Elements that one tensor may have unless a server sets another limit. */
export const DEFAULT_MAX_TENSOR_ELEMENTS = 2 ** 28;

/** Extents that a tensor may have. No model comes near it; the wire allows millions. */
const MAX_RANK = 64;

/**
 * Extents from the wire (decimal strings or numbers) as numbers.
 * Throws DH_TENSOR_SHAPE_MISMATCH for a rank above 64 and for an extent that is negative or no whole
 * number, DH_TENSOR_SHAPE_OVERFLOW if the product is above `maxElements`; all before anything is
 * allocated.
 */
export function parseShape(
  field: string,
  extents: readonly (string | number)[],
  maxElements: number = DEFAULT_MAX_TENSOR_ELEMENTS,
): number[] {
  // Before the product, which has a digit more with each extent.
  if (extents.length > MAX_RANK) {
    throw new DeepHealthError(
      'DH_TENSOR_SHAPE_MISMATCH',
      `Input "${field}": the shape has ${extents.length} extents, more than the ${MAX_RANK} that any tensor may have.`,
      { details: { input: field, expected: `at most ${MAX_RANK} extents`, received: String(extents.length) } },
    );
  }
  // The exact extents matter for the product: 2^53 + 1 as a number would already be another one.
  let product = 1n;
  const shape = extents.map((extent, axis) => {
    const text = String(extent);
    if (!/^-?[0-9]{1,20}$/.test(text)) throw badExtent(field, axis, 'no whole number', text.slice(0, 32));
    const exact = BigInt(text);
    if (exact < 0n) throw badExtent(field, axis, 'negative', text);
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

function badExtent(field: string, axis: number, what: string, received: string): DeepHealthError {
  return new DeepHealthError('DH_TENSOR_SHAPE_MISMATCH', `Input "${field}": extent ${axis} of the shape is ${what}.`, {
    details: { input: field, axis: String(axis), expected: 'a whole number, 0 or more', received },
  });
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
