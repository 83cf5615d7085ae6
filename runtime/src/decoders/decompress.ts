import { decodeHtj2kInThread } from './codec-thread.js';
import { type CodestreamHeader, endOfStream, readJpeg2000Header, readJpegHeader } from './codestream-header.js';
import type { DicomHeader } from './decode-dicom.js';
import { decodeRle } from './decode-rle.js';
import { DicomRefusal } from './dicom-refusal.js';
import { decodeJpegLossless } from './jpeg-lossless.js';
import { checkDecodedSize, decodeWithWasm, type WasmCodecName } from './wasm-codecs.js';

export const RLE = '1.2.840.10008.1.2.5';

interface Compression {
  readonly codec: WasmCodecName | 'htj2k' | 'jpeg-lossless' | 'rle';
  readonly readHeader?: (stream: Uint8Array) => CodestreamHeader;
  /** Photometric interpretations of colour that come out as RGB. */
  readonly colour: readonly string[];
}

const JPEG: Compression = {
  codec: 'jpeg',
  readHeader: readJpegHeader,
  colour: ['RGB', 'YBR_FULL', 'YBR_FULL_422'],
};
// In what order it gives colour has not been seen on any file.
const LOSSLESS: Compression = { codec: 'jpeg-lossless', readHeader: readJpegHeader, colour: [] };
const JPEG_LS: Compression = { codec: 'jpeg-ls', readHeader: readJpegHeader, colour: ['RGB'] };
const JPEG_2000: Compression = {
  codec: 'jpeg-2000',
  readHeader: readJpeg2000Header,
  colour: ['RGB', 'YBR_RCT', 'YBR_ICT'],
};
const HTJ2K: Compression = { ...JPEG_2000, codec: 'htj2k' };

/** By transfer syntax. Extended JPEG (51) is left out: its 12 bits no codec here reads. */
const COMPRESSIONS: Readonly<Record<string, Compression>> = {
  [RLE]: { codec: 'rle', colour: ['RGB'] },
  '1.2.840.10008.1.2.4.50': JPEG,
  '1.2.840.10008.1.2.4.57': LOSSLESS,
  '1.2.840.10008.1.2.4.70': LOSSLESS,
  '1.2.840.10008.1.2.4.80': JPEG_LS,
  '1.2.840.10008.1.2.4.81': JPEG_LS,
  '1.2.840.10008.1.2.4.90': JPEG_2000,
  '1.2.840.10008.1.2.4.91': JPEG_2000,
  '1.2.840.10008.1.2.4.201': HTJ2K,
  '1.2.840.10008.1.2.4.202': HTJ2K,
  '1.2.840.10008.1.2.4.203': HTJ2K,
};

export function isCompressed(transferSyntax: string): boolean {
  return Object.hasOwn(COMPRESSIONS, transferSyntax);
}

/**
 * The samples of one compressed frame, little endian and interleaved; colour is RGB.
 *
 * The stream says its own size, which the codecs would allocate: it is held against the header of the file
 * before any of them gets it. Throws DicomRefusal.
 */
export async function decompress(encoded: Uint8Array, header: DicomHeader): Promise<Uint8Array> {
  const { codec, readHeader, colour } = COMPRESSIONS[header.transferSyntax] as Compression;
  if (header.samples === 3 && !colour.includes(header.photometric)) {
    throw new DicomRefusal(`holds colour as ${header.photometric} in a compression from which that is not read as RGB`);
  }
  if (codec === 'rle') return decodeRle(encoded, header);
  // Decoders show what there is of a stream that is cut off, and the rest as if it were black.
  const stream = encoded.subarray(0, endOfStream(encoded));
  if (readHeader !== undefined) {
    const stated = readHeader(stream);
    checkStream(stated, header);
    if (codec === 'jpeg') checkColour(stated, header);
  }
  if (codec === 'jpeg-lossless') return decodeJpegLossless(stream, header);
  const { columns: width, rows: height, samples: components } = header;
  if (codec === 'htj2k') {
    const decoded = await decodeHtj2kInThread(stream, width * height * components);
    checkDecodedSize(decoded, { width, height, components });
    return decoded.data;
  }
  return decodeWithWasm(codec, stream, { width, height, components });
}

function checkStream(stream: CodestreamHeader, header: DicomHeader): void {
  const { rows, columns, samples, bitsAllocated, isSigned } = header;
  if (stream.width !== columns || stream.height !== rows || stream.components !== samples) {
    throw new DicomRefusal('holds a frame of another size than its header says');
  }
  if ((stream.precision > 8 ? 16 : 8) !== bitsAllocated || stream.precision > 16) {
    throw new DicomRefusal('holds a frame of another depth than its header says');
  }
  if (stream.isSigned !== undefined && stream.isSigned !== isSigned) {
    throw new DicomRefusal('holds a frame whose sign is not that of its header');
  }
}

/** Of JPEG alone, since only its codec turns colours, and does so by what the stream says. */
function checkColour(stream: CodestreamHeader, { samples, photometric }: DicomHeader): void {
  if (samples === 1 || stream.isYcbcr === photometric.startsWith('YBR')) return;
  throw new DicomRefusal(`says that its colour is ${photometric}, where its compressed frame says otherwise`);
}
