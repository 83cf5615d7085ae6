import { decodeInThread } from './jpeg2000-threads.js';

interface Extents {
  readonly width: number;
  readonly height: number;
}

const OTHER_SIZE = 'a tile of another size or depth than the slide says';

/**
 * A JPEG 2000 codestream or JP2 file as three interleaved channels of 8 bits, by OpenJPEG in a thread of its
 * own; colour that the stream itself transforms (RCT, ICT) comes out as RGB.
 *
 * @throws Error for a stream that does not decode to just this size
 */
export async function decodeJpeg2000(stream: Uint8Array, expected: Extents): Promise<Uint8Array> {
  checkHeader(stream, expected);
  const result = await decodeInThread(stream);
  if ('failure' in result) throw new Error(`a tile that does not decode: ${result.failure}`);
  if (result.width !== expected.width || result.height !== expected.height) throw new Error(OTHER_SIZE);
  return result.pixels;
}

/** The codec would allocate what the stream says, so its SIZ marker (ISO 15444-1, A.5.1) is read first. */
function checkHeader(stream: Uint8Array, expected: Extents): void {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  const start = bytes.subarray(0, 4096).indexOf(Buffer.from('ff4fff51', 'hex'));
  if (start < 0 || start + 42 > bytes.length) throw new Error('no JPEG 2000 codestream');
  const at = (offset: number) => bytes.readUInt32BE(start + 8 + offset);
  const [width, height] = [at(0) - at(8), at(4) - at(12)];
  const isWhole = [0, 1, 2].every((component) => {
    const [depth, ...steps] = bytes.subarray(start + 42 + 3 * component, start + 45 + 3 * component);
    return depth === 7 && steps.length === 2 && steps.every((step) => step === 1);
  });
  const hasThree = bytes.readUInt16BE(start + 40) === 3;
  if (width !== expected.width || height !== expected.height || !hasThree || !isWhole) throw new Error(OTHER_SIZE);
}
