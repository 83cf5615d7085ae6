/** A decoder of the codec package; it lives in the memory of its module. */
interface Decoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  /** A view of the module's memory, gone with the decoder. */
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): {
    readonly width: number;
    readonly height: number;
    readonly componentCount: number;
    readonly bitsPerSample: number;
  };
  delete(): void;
}

interface Codec {
  readonly HEAPU8: Uint8Array;
  readonly J2KDecoder: new () => Decoder;
}

interface Extents {
  readonly width: number;
  readonly height: number;
}

const OTHER_SIZE = 'a tile of another size or depth than the slide says';

/** A module whose memory has grown beyond this is let go: the memory never shrinks. */
const KEPT_MEMORY_BYTES = 256 * 1024 * 1024;

let loading: Promise<Codec> | undefined;

/**
 * A JPEG 2000 codestream or JP2 file as three interleaved channels of 8 bits, by OpenJPEG; colour that the
 * stream itself transforms (RCT, ICT) comes out as RGB. Blocks for the time it takes, some 100 ms a tile.
 *
 * @throws Error for a stream that does not decode to just this size
 */
export async function decodeJpeg2000(stream: Uint8Array, expected: Extents): Promise<Uint8Array> {
  checkHeader(stream, expected);
  for (;;) {
    loading ??= instantiate();
    const used = loading;
    const codec = await used;
    // From here on nothing waits, so that no other tile comes between. A module that has failed is not used
    // again, by nobody who waited for it either: what it left behind in its memory is not known.
    if (loading !== used) continue;
    loading = undefined;
    const decoded = decode(codec, stream, expected);
    if (codec.HEAPU8.byteLength <= KEPT_MEMORY_BYTES) loading = used;
    return decoded;
  }
}

function decode({ J2KDecoder }: Codec, stream: Uint8Array, expected: Extents): Uint8Array {
  const decoder = new J2KDecoder();
  decoder.getEncodedBuffer(stream.byteLength).set(stream);
  decoder.decode();
  const { width, height, componentCount, bitsPerSample } = decoder.getFrameInfo();
  const decoded = new Uint8Array(decoder.getDecodedBuffer());
  decoder.delete();
  const isExpected = width === expected.width && height === expected.height && componentCount === 3;
  if (!isExpected || bitsPerSample !== 8 || decoded.byteLength !== width * height * 3) throw new Error(OTHER_SIZE);
  return decoded;
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

async function instantiate(): Promise<Codec> {
  const { default: factory } = await import('@cornerstonejs/codec-openjpeg/decodewasmjs');
  // What the codec prints would stand in the log of the host.
  return (factory as (options: object) => Promise<Codec>)({ print: () => {}, printErr: () => {} });
}
