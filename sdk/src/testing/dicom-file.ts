import { deflateRawSync } from 'node:zlib';
import { type DicomElements, elementHead, encodeElements, encodeItem, tagAndLength } from '../dicom/encode-elements.js';

export type { DicomElements, DicomValue } from '../dicom/encode-elements.js';

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
  const parts = [encodeElements(elements, isBig)];
  if (fragments !== undefined) {
    const items = [new Uint8Array(0), ...fragments].map((bytes) => encodeItem(bytes, isBig));
    parts.push(elementHead('7fe00010', 'OB', UNDEFINED_LENGTH, isBig), ...items, tagAndLength('fffee0dd', 0, isBig));
  }
  const meta = encodeElements({ '00020010': ['UI', syntax] });
  const body = Buffer.concat(parts);
  const isDeflated = syntax.endsWith('.1.99');
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), meta, isDeflated ? deflateRawSync(body) : body]);
}
