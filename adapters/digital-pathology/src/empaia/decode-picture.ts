import sharp from 'sharp';

/** Whatever else a decoder might take is not asked to try. */
const KINDS: readonly string[] = ['ffd8ff', '89504e470d0a1a0a'];

/**
 * A picture of the platform, JPEG or PNG, as RGB. One that is cut off, damaged or of another size is an error, never
 * a picture.
 */
export async function decodePicture(
  bytes: Uint8Array,
  expected: { readonly width: number; readonly height: number },
): Promise<Uint8Array> {
  const magic = Buffer.from(bytes.subarray(0, 8)).toString('hex');
  if (!KINDS.some((kind) => magic.startsWith(kind))) throw new Error('neither JPEG nor PNG');
  const { data, info } = await sharp(bytes, {
    failOn: 'warning',
    limitInputPixels: expected.width * expected.height,
    // Colours are as stored.
    ignoreIcc: true,
  })
    .flatten({ background: 'white' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const isExpected = info.width === expected.width && info.height === expected.height && info.channels === 3;
  if (!isExpected) throw new Error('a picture of another size, or without colour');
  return data;
}
