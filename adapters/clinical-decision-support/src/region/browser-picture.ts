/** An image as it was sent, in a form that a browser shows by itself. */
export interface BrowserPicture {
  /** Borrowed from the call; never changed. */
  readonly bytes: Uint8Array;
  readonly mediaType: 'image/png' | 'image/jpeg';
}

const SIGNATURE_BYTES = 8;

/**
 * The picture, if a browser shows what the runtime saw; undefined if it may not. Nothing is decoded: of a PNG, the names
 * of its chunks are read. A browser would play an animation, and not every one turns a PNG as its Exif data says,
 * which the runtime does; the region would lie in another place than it belongs to.
 *
 * @param size of the image as the runtime saw it
 */
export function browserPicture(
  bytes: Uint8Array,
  mediaType: string,
  size: { readonly width: number; readonly height: number },
): BrowserPicture | undefined {
  if (mediaType === 'image/jpeg') return { bytes, mediaType };
  if (mediaType !== 'image/png') return undefined;
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE_BYTES; at + 8 <= file.byteLength; at += 12 + file.readUInt32BE(at)) {
    const type = file.toString('latin1', at + 4, at + 8);
    if (type === 'acTL' || type === 'eXIf') return undefined;
    if (type !== 'IHDR' || at + 16 > file.byteLength) continue;
    if (file.readUInt32BE(at + 8) !== size.width || file.readUInt32BE(at + 12) !== size.height) return undefined;
  }
  return { bytes, mediaType };
}
