import { DeepHealthError, fetchBounded, listedUrl, sniffMediaType } from '@deephealth/sdk';
import { malformed } from '../errors.js';

/** An image as it goes to the runtime: the file as it is. Decoding it is for the model's process, not for this one. */
export interface SentImage {
  readonly name: string;
  readonly data: Buffer;
  readonly mediaType: string;
}

/** Largest image, in bytes. */
export const MAX_IMAGE_BYTES = 16 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 10_000;

/** An image in a data URI. @throws DH_REQUEST_MALFORMED, DH_MEDIA_UNREADABLE, DH_MESSAGE_TOO_LARGE */
export function imageOfDataUri(uri: unknown): SentImage {
  const shape = 'a data URI with an image in base64: data:image/png;base64,…';
  if (typeof uri !== 'string') throw malformed('image_data', shape);
  const head = /^data:(image\/[a-z0-9.+-]{1,64}|application\/dicom);base64,/.exec(uri.slice(0, 128))?.[0];
  if (head === undefined) throw malformed('image_data', shape);
  const base64 = uri.slice(head.length);
  // Node leaves out what is no base64; a picture with a hole would be another picture.
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw malformed('image_data', shape);
  return imageOf('image', Buffer.from(base64, 'base64'), head.slice('data:'.length, -';base64,'.length));
}

/** Checks that a URL may be asked at all; the image is fetched later. @throws DH_REFERENCE_NOT_ALLOWED */
export function allowedImageUrl(url: unknown, origins: readonly string[]): URL {
  if (typeof url !== 'string') throw malformed('image_url', 'a URL');
  return listedUrl(url, origins);
}

/** @throws DH_PLATFORM_UNREACHABLE, DH_PLATFORM_REFUSED, DH_MEDIA_UNREADABLE, DH_MESSAGE_TOO_LARGE */
export async function fetchImage(url: URL, signal: AbortSignal): Promise<SentImage> {
  const { status, body } = await fetchBounded(url, {
    ...{ signal, timeoutMs: FETCH_TIMEOUT_MS, maxBytes: MAX_IMAGE_BYTES },
  });
  // Another place that the answer leads to was not listed.
  if (status !== 200) throw new DeepHealthError('DH_PLATFORM_REFUSED', `The image is answered with HTTP ${status}.`);
  return imageOf(url.href, body);
}

/** What the bytes are decides, not what they are called. @param declared what they must be, where it was said */
export function imageOf(name: string, data: Buffer, declared?: string): SentImage {
  if (data.byteLength > MAX_IMAGE_BYTES) {
    throw new DeepHealthError('DH_MESSAGE_TOO_LARGE', `An image may have up to ${MAX_IMAGE_BYTES} bytes.`);
  }
  const mediaType = sniffMediaType(data);
  if (mediaType === undefined) {
    throw new DeepHealthError('DH_MEDIA_UNREADABLE', 'The bytes are no PNG, JPEG, TIFF, BMP or DICOM image.', {
      details: { expected: 'image/png, image/jpeg, image/tiff, image/bmp or application/dicom' },
    });
  }
  if (declared !== undefined && declared !== mediaType) {
    throw new DeepHealthError('DH_MEDIA_UNREADABLE', 'The image is of another type than its data URI says.', {
      details: { received: mediaType },
    });
  }
  return { name, data, mediaType };
}
