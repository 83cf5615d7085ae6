import { ELEMENT_SIZE_BYTES, type RawTensor } from '@deephealth/sdk';

/** The listed places of the last axis, counted from 0, in the listed order. Not for BYTES. */
export function selectColumns({ dataType, shape, data }: RawTensor, columns: readonly number[]): RawTensor {
  const size = ELEMENT_SIZE_BYTES[dataType] as number;
  const rowBytes = (shape.at(-1) as number) * size;
  const selected = new Uint8Array((data.byteLength / rowBytes) * columns.length * size);
  let at = 0;
  for (let row = 0; row < data.byteLength; row += rowBytes) {
    for (const column of columns) {
      selected.set(data.subarray(row + column * size, row + (column + 1) * size), at);
      at += size;
    }
  }
  return { dataType, shape: [...shape.slice(0, -1), columns.length], data: selected };
}
