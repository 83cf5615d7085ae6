import type { runtimeV1 } from '@deephealth/proto';
import {
  decodeHalf,
  flipConvention,
  gridAffine,
  type RawTensor,
  tensorValues,
  toTypedArray,
  writeNifti,
} from '@deephealth/sdk';
import { encodePng } from '../pictures/encode-png.js';
import { encodeNpy } from './encode-npy.js';

export interface EncodedTensor {
  readonly bytes: Uint8Array;
  /** With its dot. */
  readonly extension: string;
  readonly mediaType: string;
}

export const NIFTI_MEDIA_TYPE = 'application/x-nifti';
export const NPY_MEDIA_TYPE = 'application/x-npy';
/** What NIfTI-1 can hold. */
const LARGEST_EXTENT = 32767;

/** A tensor as the file that readers of its kind open: see toItemFindings. */
export function encodeTensor(
  tensor: RawTensor,
  { member, grid }: { readonly member: string; readonly grid?: runtimeV1.Grid__Output | null },
): EncodedTensor {
  const { dataType, shape, data } = tensor;
  if (dataType === 'BYTES') {
    const values = tensorValues(tensor).map((value) => Buffer.from(value as Uint8Array).toString('base64'));
    return { bytes: Buffer.from(JSON.stringify(values)), extension: '.json', mediaType: 'application/json' };
  }
  const isOnGrid = grid !== undefined && grid !== null && String(grid.size) === String(shape);
  if (isOnGrid) {
    const voxels = voxelsOf(tensor);
    const affine = gridAffine(grid);
    if (voxels !== undefined && affine !== undefined && shape.every((extent) => extent <= LARGEST_EXTENT)) {
      const [depth, height, width] = shape as [number, number, number];
      const description = `DeepHealth ${member}, research use`;
      const image = { voxels, size: [width, height, depth] as const, affine: flipConvention(affine), description };
      return { bytes: writeNifti(image, false), extension: '.nii', mediaType: NIFTI_MEDIA_TYPE };
    }
    if (member === 'mask' && shape.length === 2 && voxels !== undefined && !(voxels instanceof Float32Array)) {
      const [height, width] = shape as [number, number];
      const bytes = encodePng({ width, height, channels: 1, samples: voxels });
      return { bytes, extension: '.png', mediaType: 'image/png' };
    }
  }
  return { bytes: encodeNpy({ dataType, shape, data }), extension: '.npy', mediaType: NPY_MEDIA_TYPE };
}

/** What masks and maps hold, as NIfTI and PNG take it; undefined for other types. */
function voxelsOf({ dataType, data }: RawTensor): Uint8Array | Uint16Array | Float32Array | undefined {
  switch (dataType) {
    case 'UINT8':
    case 'UINT16':
    case 'FP32':
      return toTypedArray(dataType, data);
    case 'FP16':
      return Float32Array.from(toTypedArray('FP16', data), (bits) => decodeHalf(bits));
    default:
      return undefined;
  }
}
