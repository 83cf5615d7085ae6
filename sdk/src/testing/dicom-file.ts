import { deflateRawSync } from 'node:zlib';

/** A sequence holds items, each of elements; OB and OW hold bytes; US and SS numbers; the others text. */
export type DicomValue = string | readonly number[] | Uint8Array | readonly DicomElements[];

/** VR and value by tag, eight hex digits, as "00280010": ["US", [512]]. */
export type DicomElements = Readonly<Record<string, readonly [vr: string, value: DicomValue]>>;

export interface DicomImageOptions {
  /** Default 2. */
  readonly rows?: number;
  /** Default 3. */
  readonly columns?: number;
  /** Default 1. */
  readonly samples?: number;
  /** Bits Allocated. Default 16. */
  readonly allocated?: number;
  /** Bits Stored. Default: those allocated. */
  readonly stored?: number;
  /** Pixel Representation. Default 0. */
  readonly signed?: number;
  readonly planar?: number;
  /** Default MONOCHROME2, or RGB for three samples. */
  readonly photometric?: string;
  /** Number of Frames, as text. */
  readonly frames?: string;
  /** Transfer Syntax UID. Default: explicit VR, little endian. */
  readonly syntax?: string;
  /** Fragments of encapsulated Pixel Data, or the bytes of plain Pixel Data. */
  readonly pixels: Uint8Array | readonly Uint8Array[];
  /** Other elements; they come before those above where the tags are the same. */
  readonly elements?: DicomElements;
}

const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
const LONG_LENGTH = ['OB', 'OW', 'SQ', 'UN', 'UT'];
const UNDEFINED_LENGTH = 0xffffffff;

/** A DICOM file (PS3.10) with one image, written by the book, for tests of what reads them. */
export function dicomImage(options: DicomImageOptions): Buffer {
  const { samples = 1, allocated = 16, stored = allocated, frames, pixels, syntax = EXPLICIT_LITTLE } = options;
  const isPlain = pixels instanceof Uint8Array;
  const elements: DicomElements = {
    '00280002': ['US', [samples]],
    '00280004': ['CS', options.photometric ?? (samples === 3 ? 'RGB' : 'MONOCHROME2')],
    ...(samples === 3 ? { '00280006': ['US', [options.planar ?? 0]] as const } : {}),
    ...(frames === undefined ? {} : { '00280008': ['IS', frames] as const }),
    '00280010': ['US', [options.rows ?? 2]],
    '00280011': ['US', [options.columns ?? 3]],
    '00280100': ['US', [allocated]],
    '00280101': ['US', [stored]],
    '00280102': ['US', [stored - 1]],
    '00280103': ['US', [options.signed ?? 0]],
    ...(isPlain ? { '7fe00010': ['OW', pixels] as const } : {}),
    ...options.elements,
  };
  return dicomFile(elements, syntax, isPlain ? undefined : pixels);
}

/** Elements as a DICOM file of the given transfer syntax, its Pixel Data in fragments if there are any. */
export function dicomFile(
  elements: DicomElements,
  syntax = EXPLICIT_LITTLE,
  fragments?: readonly Uint8Array[],
): Buffer {
  const isBig = syntax.endsWith('.1.2.2');
  const meta = element('00020010', 'UI', syntax, false);
  const parts = Object.entries(elements)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([tag, [vr, value]]) => element(tag, vr, value, isBig));
  if (fragments !== undefined) {
    const items = [new Uint8Array(0), ...fragments].map((bytes) => item(bytes, isBig));
    parts.push(head('7fe00010', 'OB', UNDEFINED_LENGTH, isBig), ...items, tagged('fffee0dd', 0, isBig));
  }
  const body = Buffer.concat(parts);
  const isDeflated = syntax.endsWith('.1.99');
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), meta, isDeflated ? deflateRawSync(body) : body]);
}

function element(tag: string, vr: string, value: DicomValue, isBig: boolean): Buffer {
  const bytes = bytesOf(vr, value, isBig);
  return Buffer.concat([head(tag, vr, bytes.byteLength, isBig), bytes]);
}

function bytesOf(vr: string, value: DicomValue, isBig: boolean): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') {
    const padding = vr === 'UI' ? '\0' : ' ';
    return Buffer.from(value.length % 2 === 0 ? value : `${value}${padding}`, 'latin1');
  }
  if (vr === 'SQ') {
    const items = value as readonly DicomElements[];
    return Buffer.concat(
      items.map((elements) =>
        item(
          Buffer.concat(Object.entries(elements).map(([tag, [itemVr, of]]) => element(tag, itemVr, of, isBig))),
          isBig,
        ),
      ),
    );
  }
  return Buffer.concat((value as readonly number[]).map((number) => integer(number & 0xffff, 2, isBig)));
}

function head(tag: string, vr: string, length: number, isBig: boolean): Buffer {
  const long = LONG_LENGTH.includes(vr);
  const name = Buffer.from(long ? `${vr}\0\0` : vr, 'latin1');
  return Buffer.concat([tagBytes(tag, isBig), name, integer(length, long ? 4 : 2, isBig)]);
}

function item(bytes: Uint8Array, isBig: boolean): Buffer {
  return Buffer.concat([tagged('fffee000', bytes.byteLength, isBig), bytes]);
}

function tagged(tag: string, length: number, isBig: boolean): Buffer {
  return Buffer.concat([tagBytes(tag, isBig), integer(length, 4, isBig)]);
}

function tagBytes(tag: string, isBig: boolean): Buffer {
  const group = integer(Number.parseInt(tag.slice(0, 4), 16), 2, isBig);
  return Buffer.concat([group, integer(Number.parseInt(tag.slice(4), 16), 2, isBig)]);
}

function integer(value: number, bytes: 2 | 4, isBig: boolean): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (isBig) buffer.writeUIntBE(value, 0, bytes);
  else buffer.writeUIntLE(value, 0, bytes);
  return buffer;
}
