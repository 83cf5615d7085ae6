import {
  closestSides,
  DeepHealthError,
  type PerAxis,
  type Side,
  sidesOf,
  type VolumeDraftOptions,
  type VolumeFiles,
} from '@deephealth/sdk';
import { exampleInvalid, readExample } from './example-file.js';

/** More than any volume that a model takes; what is larger is refused by the headers. */
const MOST_VOXELS = 2 ** 29;
/** What FP32 of a header keeps of a spacing. */
const DIGITS = 6;

/**
 * Spacing, extents and unit of an example, along the axes of the tensor.
 *
 * @param path NIfTI file, folder of a DICOM series, or enhanced DICOM file
 * @param axes sides that depth, height and width of the tensor grow towards
 * @throws DH_CONFIG_INVALID for axes that are none and for an example that cannot be read, DH_MEDIA_UNREADABLE,
 * DH_SERIES_INVALID
 */
export async function volumeExample(files: VolumeFiles, path: string, axes: string): Promise<VolumeDraftOptions> {
  const wanted = sidesOf(axes);
  if (wanted === undefined) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      `--axes is ${JSON.stringify(axes)}; name one of R and L, one of A and P, and one of S and I, in the order depth, height, width.`,
    );
  }
  const isNifti = /\.nii(\.gz)?$/i.test(path);
  if (isNifti !== (files === 'nifti')) {
    throw exampleInvalid(
      path,
      files === 'nifti' ? 'is no .nii or .nii.gz file' : 'is a NIfTI file; name a folder of DICOM files',
    );
  }
  const contents = await readExample(path);
  const { describeVolume } = await import('@deephealth/runtime');
  const { width, height, depth, affine, unit } = await describeVolume(contents, MOST_VOXELS);
  const sides = closestSides(affine);
  if (sides === undefined) {
    throw exampleInvalid(path, `lies 45 degrees or more from every axis of the body, so that nothing in it is ${axes}`);
  }
  const lengths = [width, height, depth];
  const along = (value: (axis: number) => number) =>
    wanted.map(({ axis }) => value(sides.findIndex((side: Side) => side.axis === axis))) as unknown as PerAxis;
  return {
    files,
    axes,
    example: {
      extents: along((axis) => lengths[axis] as number),
      spacingMm: along((axis) =>
        Number(Math.hypot(...[0, 4, 8].map((row) => affine[row + axis] as number)).toPrecision(DIGITS)),
      ),
      ...(unit === undefined ? {} : { unit }),
    },
  };
}
