import type { DataSet, Element } from 'dicom-parser';
import type { DicomHeader } from './decode-dicom.js';
import { decompress, isCompressed } from './decompress.js';
import { DicomRefusal } from './dicom-refusal.js';

const UNCOMPRESSED = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.1.99'];
const BIG_ENDIAN = '1.2.840.10008.1.2.2';

interface FrameBytes {
  /** Little endian, as long as the header says. */
  readonly bytes: Uint8Array;
  /** Whether one channel follows the other. What codecs give never does, whatever the header says. */
  readonly isPlanar: boolean;
  readonly photometric: string;
}

/** The bytes of one frame, decompressed. Throws DicomRefusal. */
export async function frameBytes(dataset: DataSet, header: DicomHeader, frame: number): Promise<FrameBytes> {
  const element = dataset.elements.x7fe00010;
  if (element === undefined) throw new DicomRefusal('has no Pixel Data');
  const { rows, columns, samples, bitsAllocated, transferSyntax } = header;
  const length = (rows * columns * samples * bitsAllocated) / 8;
  if (transferSyntax === BIG_ENDIAN || UNCOMPRESSED.includes(transferSyntax)) {
    const bytes = uncompressed(dataset, header, element, frame, length);
    return { bytes, isPlanar: header.isPlanar, photometric: plainPhotometric(header) };
  }
  if (!isCompressed(transferSyntax)) {
    const shown = /^[0-9.]{1,64}$/.test(transferSyntax) ? transferSyntax : '(none)';
    throw new DicomRefusal(`has the transfer syntax ${shown}, which is not supported`);
  }
  if (element.encapsulatedPixelData !== true) throw new DicomRefusal('has Pixel Data that is not encapsulated');
  const encoded = await encodedFrame(dataset, header, element, frame);
  const bytes = await decompress(encoded, header);
  if (bytes.byteLength !== length) throw new DicomRefusal('holds a frame of another size than its header says');
  return { bytes, isPlanar: false, photometric: samples === 1 ? header.photometric : 'RGB' };
}

/** Colour that no codec turns into RGB is refused, not shown as if it were. */
function plainPhotometric({ photometric }: DicomHeader): string {
  if (!photometric.startsWith('YBR')) return photometric;
  throw new DicomRefusal(`holds uncompressed colour as ${photometric}; convert it to RGB first`);
}

function uncompressed(
  dataset: DataSet,
  { transferSyntax, bitsAllocated, frames }: DicomHeader,
  element: Element,
  frame: number,
  length: number,
): Uint8Array {
  // An odd number of bytes is filled up by one (PS3.5, 8.1.1).
  if (element.encapsulatedPixelData === true || element.length < length * frames) {
    throw new DicomRefusal('has less Pixel Data than its header says');
  }
  const start = element.dataOffset + frame * length;
  const bytes = dataset.byteArray.subarray(start, start + length);
  if (bytes.byteLength < length) throw new DicomRefusal('is cut off');
  if (transferSyntax !== BIG_ENDIAN || bitsAllocated === 8) return bytes;
  return Buffer.from(bytes).swap16();
}

async function encodedFrame(
  dataset: DataSet,
  { frames }: DicomHeader,
  element: Element,
  frame: number,
): Promise<Uint8Array> {
  const parser = (await import('dicom-parser')).default;
  const fragments = element.fragments?.length ?? 0;
  try {
    if (frames === 1) return parser.readEncapsulatedPixelDataFromFragments(dataset, element, 0, fragments);
    if (element.basicOffsetTable?.length === frames) return parser.readEncapsulatedImageFrame(dataset, element, frame);
    if (fragments === frames) return parser.readEncapsulatedPixelDataFromFragments(dataset, element, frame, 1);
  } catch (thrown) {
    throw new DicomRefusal('has frames that cannot be found', { cause: thrown });
  }
  throw new DicomRefusal(
    `has ${frames} frames in ${fragments} fragments and no table of where they begin, so that they cannot be told apart`,
  );
}
