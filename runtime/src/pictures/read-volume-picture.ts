import { windowLevel } from '@deephealth/native';
import { sniffMediaType } from '@deephealth/sdk';
import { FrameAttributes } from '../decoders/frame-attributes.js';
import { openDicom } from '../decoders/open-dicom.js';
import { hasWindow, readWindow } from '../decoders/voi-window.js';
import { decodeFiles } from '../volumes/decode-files.js';
import type { VolumePicture } from './picture.js';
import { toGrey } from './to-grey.js';

/**
 * A volume as a person looks at it, on the grid on which the model host decodes it: DICOM in the window
 * that its first file states, where it states one; everything else between its percentiles. The files are
 * borrowed and only read.
 *
 * @param files one NIfTI file, or the files of a DICOM series in any order
 * @param maxVoxels more are refused by the headers
 * @throws DH_MEDIA_UNREADABLE, DH_SERIES_INVALID
 */
export async function readVolumePicture(files: readonly Uint8Array[], maxVoxels: number): Promise<VolumePicture> {
  const [first] = files as readonly [Uint8Array];
  const isDicom = sniffMediaType(first) === 'application/dicom';
  const { voxels, place } = await decodeFiles(files, maxVoxels);
  const { width, height, depth, affine } = place.grid;
  return { width, height, depth, affine, data: await greyOf(voxels, isDicom ? first : undefined) };
}

async function greyOf(voxels: Float32Array, dicom: Uint8Array | undefined): Promise<Uint8Array> {
  if (dicom === undefined) return toGrey(voxels);
  const { dataset } = await openDicom(dicom);
  const frames = Number(dataset.string('x00280008') ?? 1);
  const attributes = new FrameAttributes(dataset, 0, frames);
  if (!hasWindow(attributes)) return toGrey(voxels);
  const shown = new Float32Array(voxels.length);
  windowLevel(voxels, { ...readWindow(attributes), minimum: 0, maximum: 255 }, shown);
  return Uint8Array.from(shown, Math.round);
}
