import type { RawTensor } from '@deephealth/sdk';
import { DeepHealthError } from '@deephealth/sdk';
import type { EdgeTensor } from '../check-run-extents.js';

/**
 * The rows (axis 0) for which the mask is true, in their order. The mask has one BOOL a row. Not for
 * BYTES. Throws DH_SELECTION_EMPTY if no row is left: what follows would compute from nothing.
 */
export function selectRows({ edge, tensor }: EdgeTensor, mask: EdgeTensor): RawTensor {
  const { dataType, shape, data } = tensor;
  const rows = shape[0] as number;
  const kept = Array.from({ length: rows }, (_, row) => row).filter((row) => mask.tensor.data[row] !== 0);
  if (kept.length === 0) {
    throw new DeepHealthError(
      'DH_SELECTION_EMPTY',
      `The mask "${mask.edge}" is true for none of the ${rows} rows of "${edge}", so that nothing is left to compute from. Check that the input shows what the model is made for.`,
      { details: { edge, mask: mask.edge } },
    );
  }
  const rowBytes = data.byteLength / rows;
  const selected = new Uint8Array(kept.length * rowBytes);
  kept.forEach((row, index) => {
    selected.set(data.subarray(row * rowBytes, (row + 1) * rowBytes), index * rowBytes);
  });
  return { dataType, shape: [kept.length, ...shape.slice(1)], data: selected };
}
