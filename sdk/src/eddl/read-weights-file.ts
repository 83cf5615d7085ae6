import { DeepHealthError } from '../errors/deephealth-error.js';

/** A tensor of an EDDL weights file: it has a shape and elements, and no name. */
export interface EddlTensor {
  readonly shape: readonly number[];
  /** FP32, little-endian; a view of the file. */
  readonly bytes: Uint8Array;
}

const HIGHEST_RANK = 16;
const MOST_TENSORS = 100_000;

/**
 * Reads EDDL's native `.bin`: for each tensor an int32 rank, that many int32 extents and the FP32 elements,
 * all little-endian, one tensor after the other. There is no header and no name, so a file of another kind
 * is only told by a rank or extent that cannot be, or by its length.
 *
 * @throws DeepHealthError DH_EDDL_WEIGHTS_INVALID
 */
export function readEddlWeights(file: Uint8Array): EddlTensor[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const tensors: EddlTensor[] = [];
  let at = 0;
  const integer = (what: string) => {
    if (at + 4 > file.length) throw invalid(tensors.length, `the file ends inside ${what}`);
    at += 4;
    return view.getInt32(at - 4, true);
  };
  while (at < file.length) {
    if (tensors.length === MOST_TENSORS) throw invalid(tensors.length, `there are more than ${MOST_TENSORS}`);
    const rank = integer('its rank');
    if (rank < 1 || rank > HIGHEST_RANK) throw invalid(tensors.length, `its rank is not from 1 to ${HIGHEST_RANK}`);
    const shape = Array.from({ length: rank }, () => integer('its shape'));
    if (shape.some((extent) => extent < 1)) throw invalid(tensors.length, 'an extent of it is below 1');
    const byteLength = shape.reduce((product, extent) => product * extent, 4);
    if (at + byteLength > file.length) throw invalid(tensors.length, 'the file ends inside its elements');
    tensors.push({ shape, bytes: file.subarray(at, at + byteLength) });
    at += byteLength;
  }
  if (tensors.length === 0) throw invalid(0, 'the file is empty');
  return tensors;
}

function invalid(index: number, problem: string): DeepHealthError {
  return new DeepHealthError(
    'DH_EDDL_WEIGHTS_INVALID',
    `The file is not an EDDL weights file: at tensor ${index + 1}, ${problem}. Give the .bin that EDDL's save has written.`,
    { details: { tensor: String(index + 1) } },
  );
}
