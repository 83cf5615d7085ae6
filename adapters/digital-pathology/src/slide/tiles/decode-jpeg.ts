import sharp from 'sharp';

/**
 * A JPEG as RGB, by libjpeg-turbo in libuv's threads. Its colour is told by its markers (JFIF, Adobe,
 * names of the components) as libjpeg does; an ICC profile is not applied. A stream that is cut off or
 * damaged is an error, never a picture.
 *
 * @throws Error for a stream that does not decode to just this size in colour
 */
export async function decodeJpeg(
  stream: Uint8Array,
  expected: { readonly width: number; readonly height: number },
): Promise<Uint8Array> {
  const { data, info } = await sharp(stream, {
    failOn: 'warning',
    limitInputPixels: expected.width * expected.height,
    // Colours are as stored.
    ignoreIcc: true,
  })
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== expected.width || info.height !== expected.height) {
    throw new Error(
      `a tile of ${info.width} x ${info.height} pixels, where ${expected.width} x ${expected.height} belong`,
    );
  }
  if (info.channels !== 3) throw new Error(`a tile of ${info.channels} channels, where 3 belong`);
  return data;
}
