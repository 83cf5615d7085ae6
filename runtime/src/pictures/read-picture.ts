import { DeepHealthError, type ImageInputSpec, sniffMediaType } from '@deephealth/sdk';
import { decodeImage } from '../steps/decode-image.js';
import { fromDecoder } from '../steps/image-refusal.js';
import { dicomPicture } from './dicom-picture.js';
import type { Picture } from './picture.js';
import { toGrey } from './to-grey.js';

/**
 * One frame of an image file as a person looks at it, decoded as the model host decodes it, so that a mask
 * lies on it pixel for pixel. The file is borrowed and only read.
 *
 * - DICOM: rescaled, in its own window where it states one, MONOCHROME1 turned around, colour as it is;
 * - files of 8 bits as they are, upright; grey ones of 16 bits between their percentiles.
 *
 * @param frame from 0
 * @param maxPixels more are refused by the header
 * @returns undefined for a file that is no image
 * @throws DH_MEDIA_UNREADABLE
 */
export async function readPicture(file: Uint8Array, frame: number, maxPixels: number): Promise<Picture | undefined> {
  const mediaType = sniffMediaType(file);
  if (mediaType === undefined) return undefined;
  const spec: ImageInputSpec = {
    ...{ name: 'input', kind: 'image', feeds: '', steps: [] },
    mediaTypes: [mediaType],
    maxPixels,
  };
  const input = { kind: 'image', data: file, mediaType, frame } as const;
  if (mediaType === 'application/dicom') {
    return dicomPicture(file, frame, maxPixels).catch((thrown: unknown) => {
      throw fromDecoder(spec, input, thrown);
    });
  }
  const decode = (values: 'uint8' | 'uint16') =>
    decodeImage(spec, { op: 'decode_image', colour: 'rgb', values }, input, () => {});
  try {
    const { data, size } = await decode('uint8');
    return { width: size.width, height: size.height, channels: 3, data: data as Uint8Array };
  } catch (thrown) {
    if (!(thrown instanceof DeepHealthError)) throw thrown;
    // Of another depth, or no image at all: then this says the same.
    const { data, size } = await decode('uint16');
    return { width: size.width, height: size.height, channels: 3, data: toGrey(Float32Array.from(data)) };
  }
}
