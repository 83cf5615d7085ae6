import { inflateRawSync } from 'node:zlib';
import type { ByteArrayParser, DataSet } from 'dicom-parser';
import { DicomRefusal } from './dicom-refusal.js';

const IMPLICIT = '1.2.840.10008.1.2';
const DEFLATED = '1.2.840.10008.1.2.1.99';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
// Beyond this, a deflated file is a bomb, or a series too long for one host's memory.
const MAX_INFLATED_BYTES = 2 ** 28;

/** The types of the package leave out that this is a class. */
interface DataSetClass {
  readonly DataSet: new (order: ByteArrayParser, bytes: Uint8Array, elements: object) => DataSet;
}

export interface OpenedDicom {
  readonly dataset: DataSet;
  /** Transfer Syntax UID (0002,0010). */
  readonly transferSyntax: string;
}

/**
 * The elements of a DICOM file (PS3.10); values are read where they are asked for. The file is borrowed.
 *
 * @throws DicomRefusal for a file that is none, or is cut off or damaged
 */
export async function openDicom(file: Uint8Array): Promise<OpenedDicom> {
  const parser = (await import('dicom-parser')).default;
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.toString('latin1', 128, 132) !== 'DICM') {
    throw new DicomRefusal('is no DICOM file: "DICM" does not stand at byte 128');
  }
  const end = endOfMeta(bytes);
  try {
    const meta = parser.readPart10Header(bytes.subarray(0, end));
    const transferSyntax = (meta.string('x00020010') ?? '').trim();
    const body = transferSyntax === DEFLATED ? inflate(bytes.subarray(end)) : bytes.subarray(end);
    const { bigEndianByteArrayParser, littleEndianByteArrayParser } = parser;
    const order = transferSyntax === BIG_ENDIAN ? bigEndianByteArrayParser : littleEndianByteArrayParser;
    const stream = new parser.ByteStream(order, body, 0);
    const dataset = new (parser as unknown as DataSetClass).DataSet(order, body, {});
    if (transferSyntax === IMPLICIT) parser.parseDicomDataSetImplicit(dataset, stream, body.length);
    else parser.parseDicomDataSetExplicit(dataset, stream, body.length);
    return { dataset, transferSyntax };
  } catch (thrown) {
    throw new DicomRefusal('is cut off or damaged', { cause: thrown });
  }
}

/**
 * Where the File Meta Information ends: it is in explicit VR, little endian, whatever comes behind it. The
 * parser would look for its end in the dataset, and take the first bytes of a deflated one for an element.
 */
function endOfMeta(bytes: Buffer): number {
  let at = 132;
  while (at + 8 <= bytes.length && bytes.readUInt16LE(at) === 2) {
    const isLong = ['OB', 'OW', 'UN', 'UT'].includes(bytes.toString('latin1', at + 4, at + 6));
    if (isLong && at + 12 > bytes.length) break;
    at += isLong ? 12 + bytes.readUInt32LE(at + 8) : 8 + bytes.readUInt16LE(at + 6);
  }
  return Math.min(at, bytes.length);
}

function inflate(deflated: Uint8Array): Buffer {
  return inflateRawSync(deflated, { maxOutputLength: MAX_INFLATED_BYTES });
}
