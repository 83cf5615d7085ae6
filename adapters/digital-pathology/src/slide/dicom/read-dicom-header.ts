import type { FileHandle } from 'node:fs/promises';
import { unreadable } from '../slide-errors.js';
import { DamagedElements, DicomElementReader, type ElementHead, NeedsMoreBytes } from './dicom-elements.js';
import { type DicomJson, type DicomJsonElement, textOf } from './dicom-json.js';

/** Where the Pixel Data of a file lie. */
export interface PixelDataPlace {
  /** Of the value: of the item of the Basic Offset Table, if they are encapsulated. */
  readonly start: number;
  /** Undefined for encapsulated Pixel Data. */
  readonly length: number | undefined;
}

export interface DicomHeader {
  /** Transfer Syntax UID (0002,0010). */
  readonly transferSyntax: string;
  /** All in front of the Pixel Data, without the groups of single frames and without tables of offsets. */
  readonly dataset: DicomJson;
  readonly pixelData: PixelDataPlace;
  /** Extended Offset Table (7FE0,0001) and its Lengths (7FE0,0002), 64 bits each. */
  readonly extendedOffsets?: Buffer;
  readonly extendedLengths?: Buffer;
}

export interface HeaderListeners {
  /** Gets the functional groups (5200,9230) of each frame in turn, which are then let go: there may be a million. */
  onFrame(groups: DicomJson): void;
  /** Reading begins anew with more bytes: what was told so far is told again. */
  onRestart(): void;
}

const IMPLICIT = '1.2.840.10008.1.2';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const DEFLATED = '1.2.840.10008.1.2.1.99';
const FIRST_BYTES = 64 * 1024;
/** Groups of a million frames fit; what is larger is no header. */
const MOST_HEADER_BYTES = 256 * 1024 * 1024;
const PREAMBLE_BYTES = 132;

/**
 * The header of a DICOM file (PS3.10), and where its pixels lie: the rest of the file is not read.
 *
 * @throws DH_SLIDE_UNREADABLE
 */
export async function readDicomHeader(
  file: FileHandle,
  sizeBytes: number,
  listeners: HeaderListeners,
): Promise<DicomHeader> {
  for (let wanted = FIRST_BYTES; ; wanted *= 4) {
    const bytes = Buffer.alloc(Math.min(wanted, sizeBytes, MOST_HEADER_BYTES));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    try {
      return parseHeader(bytes.subarray(0, bytesRead), listeners);
    } catch (thrown) {
      if (thrown instanceof DamagedElements) throw unreadable('is a damaged DICOM file', thrown);
      if (!(thrown instanceof NeedsMoreBytes)) throw thrown;
      if (wanted >= sizeBytes) throw unreadable('is a DICOM file that is cut short: it ends before its pixels', thrown);
      if (wanted >= MOST_HEADER_BYTES) throw unreadable('is a DICOM file with too long a header', thrown);
      listeners.onRestart();
    }
  }
}

function parseHeader(bytes: Buffer, listeners: HeaderListeners): DicomHeader {
  const [meta, start] = parseMeta(bytes);
  const transferSyntax = textOf(meta, '00020010');
  if (transferSyntax === BIG_ENDIAN || transferSyntax === DEFLATED) {
    throw unreadable('is a DICOM file in big endian or deflated; convert it to explicit VR, little endian');
  }
  const reader = new DicomElementReader(bytes, transferSyntax === IMPLICIT);
  const dataset: Record<string, DicomJsonElement> = {};
  const tables: Record<string, Buffer> = {};
  for (let at = start; ; ) {
    const head = reader.head(at);
    if (head.tag === '7FE00010') {
      return {
        ...{ transferSyntax, dataset },
        pixelData: { start: head.start, length: head.length },
        ...(tables['7FE00001'] === undefined ? {} : { extendedOffsets: tables['7FE00001'] }),
        ...(tables['7FE00002'] === undefined ? {} : { extendedLengths: tables['7FE00002'] }),
      };
    }
    if (head.tag === '52009230') {
      at = reader.streamItems(head, listeners.onFrame);
      continue;
    }
    if (head.tag.startsWith('7FE0')) {
      tables[head.tag] = raw(bytes, head);
      at = head.start + (tables[head.tag] as Buffer).length;
      continue;
    }
    const [element, next] = reader.element(head);
    // Group lengths are retired and would soon be wrong.
    if (!head.tag.endsWith('0000')) dataset[head.tag] = element;
    at = next;
  }
}

/** The File Meta Information, which is in explicit VR whatever comes behind it. */
function parseMeta(bytes: Buffer): readonly [DicomJson, next: number] {
  const reader = new DicomElementReader(bytes, false);
  const meta: Record<string, DicomJsonElement> = {};
  let at = PREAMBLE_BYTES;
  while (at + 2 > bytes.length || bytes.readUInt16LE(at) === 2) {
    const head = reader.head(at);
    const [element, next] = reader.element(head);
    meta[head.tag] = element;
    at = next;
  }
  return [meta, at];
}

function raw(bytes: Buffer, { start, length }: ElementHead): Buffer {
  if (length === undefined) throw new DamagedElements('a table of offsets has no length');
  if (start + length > bytes.length) throw new NeedsMoreBytes();
  return Buffer.from(bytes.subarray(start, start + length));
}
