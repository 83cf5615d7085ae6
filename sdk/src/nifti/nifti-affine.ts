import { FileRefusal } from '../errors/file-refusal.js';
import type { NiftiHeader } from './nifti-header.js';

/**
 * Where voxel (i, j, k) lies: twelve numbers, three rows of four, from indices to millimetres in the
 * RAS+ frame of NIfTI. The sform where its code is above 0, else the qform, as nifti1.h says.
 *
 * @throws FileRefusal for a file that states neither, since which side is left would be a guess, and for
 * numbers that describe no place
 */
export function niftiAffine(header: NiftiHeader): number[] {
  const { sformCode, qformCode, unitMm } = header;
  if (sformCode <= 0 && qformCode <= 0) {
    throw new FileRefusal(
      'states no orientation (its sform_code and qform_code are 0), so which side is left would be a guess; set one',
    );
  }
  const affine = sformCode > 0 ? [...header.srow] : qformAffine(header);
  const inMm = affine.map((value) => value * unitMm);
  if (!inMm.every(Number.isFinite)) throw new FileRefusal('has an orientation that holds NaN or infinity');
  return inMm;
}

/** Method 2 of nifti1.h: a rotation from a unit quaternion, sizes from pixdim, an offset. */
function qformAffine({ quaternion: [b, c, d], pixdim, qfac, qoffset }: NiftiHeader): number[] {
  const squares = b * b + c * c + d * d;
  // Quaternions of FP32 miss length 1 by rounding; more is no rotation.
  if (!(squares <= 1 + 1e-5)) throw new FileRefusal('has a qform whose quaternion is no rotation');
  if (!pixdim.every((size) => size > 0)) throw new FileRefusal('has a pixdim that is no size');
  const a = Math.sqrt(Math.max(0, 1 - squares));
  const rotation = [
    [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
    [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
    [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
  ];
  return rotation.flatMap((row, axis) => [
    (row[0] as number) * pixdim[0],
    (row[1] as number) * pixdim[1],
    (row[2] as number) * pixdim[2] * qfac,
    qoffset[axis] as number,
  ]);
}
