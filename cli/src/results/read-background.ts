import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { DeepHealthError, gridAffine, readDicomFolder, sniffMediaType } from '@deephealth/sdk';
import type { GridFinding } from './grid-finding.js';

/** What a place of the same voxel may differ by, in mm: grids are rounded on their way. */
const TOLERANCE_MM = 1e-3;

/** The input file of a prediction, if it is NIfTI. */
export async function readNiftiInput(path: string): Promise<Buffer | undefined> {
  return isNifti(path) && !(await stat(path)).isDirectory() ? readFile(path) : undefined;
}

function isNifti(path: string): boolean {
  return /\.nii(\.gz)?$/i.test(path);
}

/** The files of an input. */
interface InputContent {
  /** Its name, for messages. */
  readonly file: string;
  readonly files: readonly Uint8Array[];
  readonly isFolder: boolean;
  /** Frame that was sent. */
  readonly frame: number;
}

/**
 * The input of a prediction as a person looks at it, sample by sample on the grid of a finding: grey, or
 * RGB interleaved. Undefined for an input that is no image file, such as JSON.
 *
 * @param path the file, or the folder of a DICOM series, that was sent
 * @param frame that was sent of it
 * @throws DH_MEDIA_UNREADABLE, DH_SERIES_INVALID; DH_REQUEST_MALFORMED where the finding lies elsewhere
 */
export async function readBackground(
  path: string,
  frame: number,
  finding: GridFinding,
): Promise<Uint8Array | undefined> {
  const isFolder = (await stat(path)).isDirectory();
  const files = isFolder ? await readDicomFolder(path) : [await readFile(path)];
  return backgroundOf({ file: basename(path), files, isFolder, frame }, finding);
}

/** The same of files that were read already. */
export async function backgroundOf(
  { file, files, isFolder, frame }: InputContent,
  { name, grid, values }: GridFinding,
): Promise<Uint8Array | undefined> {
  // The runtime is loaded only where a picture is drawn.
  const { readPicture, readVolumePicture } = await import('@deephealth/runtime');
  const size = grid.size.map(Number);
  const place = gridAffine(grid);
  if (place !== undefined) {
    if (!isFolder && !isNifti(file) && sniffMediaType(files[0] as Buffer) !== 'application/dicom') return undefined;
    const { width, height, depth, affine, data } = await readVolumePicture(files, values.length);
    const isSame =
      String(size) === String([depth, height, width]) &&
      affine.every((value, i) => Math.abs(value - (place[i] as number)) < TOLERANCE_MM);
    if (isSame) return data;
  } else {
    const picture = await readPicture(files[0] as Buffer, frame, values.length);
    if (picture === undefined) return undefined;
    if (String(size.slice(-2)) === String([picture.height, picture.width])) return picture.data;
  }
  throw new DeepHealthError('DH_REQUEST_MALFORMED', `"${name}" cannot be drawn over "${file}": it lies elsewhere.`, {
    details: { file },
  });
}
