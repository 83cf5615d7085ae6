const FLOAT_BYTES = 4;

/** A view of the values as little-endian bytes. */
export function toBuffer(values) {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** FP32 values of little-endian bytes at any alignment. */
export function valuesOf(bytes) {
  return Array.from({ length: bytes.length / FLOAT_BYTES }, (_, index) => bytes.readFloatLE(index * FLOAT_BYTES));
}
