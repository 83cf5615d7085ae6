import { gunzipSync, inflateSync } from 'node:zlib';
import { DeepHealthError } from '@deephealth/sdk';
import { decodeBlosc } from './decode-blosc.js';

export function unreadableArray(why: string): DeepHealthError {
  return new DeepHealthError('DH_MEDIA_UNREADABLE', `The array cannot be read: ${why}.`);
}

/**
 * A chunk of Zarr 2 unpacked.
 *
 * @param compressor as `.zarray` names it: null, zlib, gzip, or blosc with lz4 inside
 * @param size bytes that it must have
 * @throws DH_MEDIA_UNREADABLE
 */
export function decodeChunk(bytes: Buffer, compressor: unknown, size: number): Buffer {
  const content = unpack(bytes, (compressor as { id?: unknown } | null)?.id, size);
  if (content.length !== size) throw unreadableArray('a chunk is not of its size');
  return content;
}

function unpack(bytes: Buffer, id: unknown, size: number): Buffer {
  try {
    switch (id) {
      case undefined:
        return bytes;
      case 'zlib':
        return inflateSync(bytes, { maxOutputLength: size });
      case 'gzip':
        return gunzipSync(bytes, { maxOutputLength: size });
      case 'blosc':
        return decodeBlosc(bytes, size);
    }
  } catch (error) {
    throw error instanceof DeepHealthError ? error : unreadableArray('a chunk is damaged');
  }
  throw unreadableArray(
    `its chunks are packed with ${JSON.stringify(id)}; those that are read are packed with zlib, gzip, blosc (lz4), or not at all`,
  );
}
