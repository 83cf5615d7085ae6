import { ELEMENT_SIZE_BYTES, elementCount, type RawTensor } from '@deephealth/sdk';

/** The tensors one after the other along an axis; all other extents are equal. Not for BYTES. */
export function concat(tensors: readonly RawTensor[], axis: number): RawTensor {
  const { dataType, shape } = tensors[0] as RawTensor;
  const extent = tensors.reduce((sum, tensor) => sum + (tensor.shape[axis] as number), 0);
  const joined = shape.map((own, index) => (index === axis ? extent : own));
  const size = ELEMENT_SIZE_BYTES[dataType] as number;
  const data = new Uint8Array(elementCount(joined) * size);
  // Bytes that lie together: one index of all axes before this one.
  const parts = tensors.map((tensor) => ({
    bytes: tensor.data,
    length: elementCount(tensor.shape.slice(axis)) * size,
  }));
  const pieces = elementCount(shape.slice(0, axis));
  let at = 0;
  for (let piece = 0; piece < pieces; piece++) {
    for (const { bytes, length } of parts) {
      data.set(bytes.subarray(piece * length, (piece + 1) * length), at);
      at += length;
    }
  }
  return { dataType, shape: joined, data };
}
