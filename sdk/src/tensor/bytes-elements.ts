import { DeepHealthError } from '../errors/deephealth-error.js';

/**
 * Splits the raw form of a BYTES tensor (per element a 4-byte little-endian length, then the bytes;
 * Open Inference Protocol, binary tensor data) into `count` elements, as views of `raw`.
 * Throws DH_TENSOR_SIZE_MISMATCH if the lengths do not add up exactly.
 */
export function decodeBytesElements(field: string, raw: Uint8Array, count: number): Uint8Array[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const elements: Uint8Array[] = [];
  let offset = 0;
  while (offset < raw.byteLength && elements.length < count) {
    if (raw.byteLength - offset < 4) throw mismatch(field, count);
    const length = view.getUint32(offset, true);
    offset += 4;
    if (length > raw.byteLength - offset) throw mismatch(field, count);
    elements.push(raw.subarray(offset, offset + length));
    offset += length;
  }
  if (elements.length !== count || offset !== raw.byteLength) throw mismatch(field, count);
  return elements;
}

/** The reverse of {@link decodeBytesElements}. */
export function encodeBytesElements(elements: readonly Uint8Array[]): Uint8Array {
  const total = elements.reduce((sum, element) => sum + 4 + element.byteLength, 0);
  const raw = new Uint8Array(total);
  const view = new DataView(raw.buffer);
  let offset = 0;
  for (const element of elements) {
    view.setUint32(offset, element.byteLength, true);
    raw.set(element, offset + 4);
    offset += 4 + element.byteLength;
  }
  return raw;
}

function mismatch(field: string, count: number): DeepHealthError {
  return new DeepHealthError(
    'DH_TENSOR_SIZE_MISMATCH',
    `Input "${field}": the bytes do not hold exactly ${count} length-prefixed elements.`,
    { details: { input: field, expected: `${count} elements` } },
  );
}
