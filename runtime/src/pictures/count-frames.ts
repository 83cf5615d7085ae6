import { sniffMediaType } from '@deephealth/sdk';
import { textOf } from '../decoders/dicom-values.js';
import { openDicom } from '../decoders/open-dicom.js';

/**
 * Frames of a DICOM file, pages of a TIFF; 1 for any other file, and for one that cannot be read, whose
 * reader will say so. The file is borrowed and only read.
 */
export async function countFrames(file: Uint8Array): Promise<number> {
  const mediaType = sniffMediaType(file);
  try {
    if (mediaType === 'application/dicom') {
      const { dataset } = await openDicom(file);
      const frames = Number(textOf(dataset, 'x00280008') ?? '1');
      return Number.isInteger(frames) && frames > 0 ? frames : 1;
    }
    if (mediaType === 'image/tiff') return (await (await import('sharp')).default(file).metadata()).pages ?? 1;
  } catch {
    return 1;
  }
  return 1;
}
