import type { ImageSize } from '@deephealth/native';
import type { DataSet } from 'dicom-parser';
import { frameBytes } from './dicom-frame-bytes.js';
import { DicomRefusal } from './dicom-refusal.js';
import { FrameAttributes } from './frame-attributes.js';
import { type OpenedDicom, openDicom } from './open-dicom.js';
import { storedValues } from './stored-values.js';

export type StoredPixels = Uint8Array | Int8Array | Uint16Array | Int16Array;

/** One frame of a DICOM image: what is stored, before any rescale, window or inversion. */
export interface DicomFrame {
  /** Stored values [height, width, channels], interleaved; bits beyond those stored are taken away. */
  readonly pixels: StoredPixels;
  readonly size: ImageSize;
  /** Frames of the file. */
  readonly frames: number;
  /** Photometric Interpretation (0028,0004) of `pixels`: colour is RGB, however the file held it. */
  readonly photometric: 'MONOCHROME1' | 'MONOCHROME2' | 'RGB' | 'PALETTE COLOR';
  /** Bits Stored (0028,0101). */
  readonly bitsStored: number;
  /** Pixel Representation (0028,0103). */
  readonly isSigned: boolean;
  /** Where the other attributes of the frame are; they are read, and refused, when they are asked for. */
  readonly attributes: FrameAttributes;
  /** Transfer Syntax UID (0002,0010). */
  readonly transferSyntax: string;
  /** Whether the pixels have lost something: by their transfer syntax, or by (0028,2110). */
  readonly isLossy: boolean;
}

export interface DicomLimits {
  /** Pixels of a frame; more are refused by the header, before anything is decoded. */
  readonly maxPixels: number;
}

/** What this module reads of an image's header. */
export interface DicomHeader {
  readonly rows: number;
  readonly columns: number;
  readonly samples: 1 | 3;
  readonly bitsAllocated: 8 | 16;
  readonly bitsStored: number;
  readonly isSigned: boolean;
  readonly isPlanar: boolean;
  readonly photometric: string;
  readonly frames: number;
  readonly transferSyntax: string;
}

const PHOTOMETRICS = [
  ...['MONOCHROME1', 'MONOCHROME2', 'PALETTE COLOR', 'RGB'],
  ...['YBR_FULL', 'YBR_FULL_422', 'YBR_RCT', 'YBR_ICT', 'YBR_PARTIAL_420'],
];
const LOSSY_SYNTAXES = ['50', '51', '81', '91', '203'].map((end) => `1.2.840.10008.1.2.4.${end}`);

/**
 * Stored values of one frame of a DICOM file (PS3.10), of every transfer syntax that hospitals
 * commonly use: implicit and explicit little endian, explicit big endian, deflated, RLE, JPEG baseline,
 * JPEG lossless, JPEG-LS, JPEG 2000 and HTJ2K.
 *
 * The file is borrowed and only read. Loads its codecs when first called: most models never need them.
 *
 * @param frame from 0
 * @throws DicomRefusal for a file that is none, is cut off or damaged, has no pixels or not the frame,
 * and for what this module would have to guess at
 */
export async function decodeDicom(file: Uint8Array, frame: number, limits: DicomLimits): Promise<DicomFrame> {
  return decodeFrame(await openDicom(file), frame, limits);
}

/** The same of a file that is open already, for those who want many of its frames. */
export async function decodeFrame(
  { dataset, transferSyntax }: OpenedDicom,
  frame: number,
  limits: DicomLimits,
): Promise<DicomFrame> {
  const header = headerOf(dataset, transferSyntax);
  const pixelCount = header.rows * header.columns;
  if (pixelCount > limits.maxPixels) {
    throw new DicomRefusal(
      `has ${header.columns} x ${header.rows} pixels, more than the ${limits.maxPixels} that are allowed`,
    );
  }
  if (!Number.isInteger(frame) || frame < 0 || frame >= header.frames) {
    throw new DicomRefusal(`has ${header.frames} frames, not frame ${frame}`);
  }
  const attributes = new FrameAttributes(dataset, frame, header.frames);
  const { bytes, isPlanar, photometric } = await frameBytes(dataset, header, frame);
  return {
    pixels: storedValues(bytes, { ...header, isPlanar }),
    size: { width: header.columns, height: header.rows, channels: header.samples },
    frames: header.frames,
    photometric: photometric as DicomFrame['photometric'],
    bitsStored: header.bitsStored,
    isSigned: header.isSigned,
    attributes,
    transferSyntax: header.transferSyntax,
    isLossy: LOSSY_SYNTAXES.includes(header.transferSyntax) || dataset.string('x00282110') === '01',
  };
}

function headerOf(dataset: DataSet, transferSyntax: string): DicomHeader {
  const need = (tag: string, name: string): number => {
    const value = dataset.uint16(tag);
    if (value === undefined) throw new DicomRefusal(`has no ${name}: it holds no image`);
    return value;
  };
  const oneOf = <T>(name: string, value: T, allowed: readonly T[]): T => {
    if (allowed.includes(value)) return value;
    // Text of a file in disorder may be anything, a name too.
    const shown = typeof value === 'string' && !/^[A-Z0-9_ ]{1,16}$/.test(value) ? 'something else' : value;
    throw new DicomRefusal(`has ${shown} as ${name}; supported: ${allowed.join(', ')}`);
  };
  const rows = need('x00280010', 'Rows');
  const columns = need('x00280011', 'Columns');
  if (rows === 0 || columns === 0) throw new DicomRefusal(`has ${columns} x ${rows} pixels`);
  const samples = oneOf('Samples per Pixel', need('x00280002', 'Samples per Pixel'), [1, 3]) as 1 | 3;
  const bitsAllocated = oneOf('Bits Allocated', need('x00280100', 'Bits Allocated'), [8, 16]) as 8 | 16;
  const bitsStored = need('x00280101', 'Bits Stored');
  if (bitsStored < 1 || bitsStored > bitsAllocated) {
    throw new DicomRefusal(`stores ${bitsStored} of ${bitsAllocated} bits`);
  }
  const highBit = dataset.uint16('x00280102') ?? bitsStored - 1;
  oneOf('High Bit', highBit, [bitsStored - 1]);
  const photometric = (dataset.string('x00280004') ?? '').trim();
  oneOf('Photometric Interpretation', photometric, PHOTOMETRICS);
  const isColour = !/^MONOCHROME|^PALETTE/.test(photometric);
  if (isColour !== (samples === 3)) {
    throw new DicomRefusal(`has ${samples} samples per pixel and is ${photometric}, which do not go together`);
  }
  const frames = Number((dataset.string('x00280008') ?? '1').trim());
  if (!Number.isInteger(frames) || frames < 1) throw new DicomRefusal('has a Number of Frames that is none');
  return {
    ...{ rows, columns, samples, bitsAllocated, bitsStored, photometric, frames },
    isSigned: oneOf('Pixel Representation', dataset.uint16('x00280103') ?? 0, [0, 1]) === 1,
    isPlanar: samples === 3 && oneOf('Planar Configuration', dataset.uint16('x00280006') ?? 0, [0, 1]) === 1,
    transferSyntax,
  };
}
