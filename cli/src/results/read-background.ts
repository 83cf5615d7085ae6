import { readFile, stat } from 'node:fs/promises';
import { readNifti } from '@deephealth/sdk';

/** What an input file gives to a result that is written over it. */
export interface Background {
  /** The file itself, if it is NIfTI. */
  readonly nifti?: Buffer;
  /** Its voxels, if they were asked for. */
  readonly voxels?: Float32Array;
  /** The file itself, if it is a PNG or JPEG. */
  readonly image?: Buffer;
}

/**
 * Reads the input of a prediction again, for what its results need of it. A DICOM series gives nothing.
 *
 * @param voxels how many a volume has; left out where they are not needed
 */
export async function readBackground(path: string, voxels?: number): Promise<Background> {
  if ((await stat(path)).isDirectory()) return {};
  if (/\.nii(\.gz)?$/i.test(path)) {
    const nifti = await readFile(path);
    if (voxels === undefined) return { nifti };
    return { nifti, voxels: (await readNifti(nifti, { maxVoxels: voxels })).voxels };
  }
  return /\.(png|jpe?g)$/i.test(path) ? { image: await readFile(path) } : {};
}
