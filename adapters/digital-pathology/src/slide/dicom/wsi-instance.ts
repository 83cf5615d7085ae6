import { DeepHealthError } from '@deephealth/sdk';
import { unreadable } from '../slide-errors.js';
import type { ScaleStatement } from '../slide-scale.js';
import { type DicomJson, itemsOf, numberOf, numbersOf, textOf, textsOf } from './dicom-json.js';
import type { FrameTable } from './frame-table.js';

/** VL Whole Slide Microscopy Image Storage. */
export const WSI_SOP_CLASS = '1.2.840.10008.5.1.4.1.1.77.1.6';

/** One instance of a slide: a level of its pyramid, or a part of one. */
export interface WsiInstance {
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  /** Empty where the instance states none. */
  readonly frameOfReferenceUid: string;
  /** Of the level: its Total Pixel Matrix. */
  readonly width: number;
  readonly height: number;
  readonly tile: { readonly width: number; readonly height: number };
  /** Number of Frames (0028,0008). */
  readonly frames: number;
  /** Where the frames lie, unless they are TILED_FULL. */
  readonly table: FrameTable;
  readonly isFull: boolean;
  /** Where a level is too large for one instance (PS3.3, C.7.6.16.2.2.4). */
  readonly concatenation?: WsiConcatenation;
  /** Photometric Interpretation (0028,0004). */
  readonly photometric: string;
  /** Planar Configuration (0028,0006): one channel follows the other. */
  readonly isPlanar: boolean;
  /** What it says of the size of its pixels, of each place that says it. */
  readonly scales: readonly ScaleStatement[];
  /** The data set without its pixels and without the groups of single frames. */
  readonly dataset: DicomJson;
}

/** Which part of a level an instance is. */
export interface WsiConcatenation {
  readonly uid: string;
  /** Frames of the parts before. */
  readonly firstFrame: number;
  /** Number of parts; undefined where none of them says. */
  readonly parts: number | undefined;
}

// A slide of a metre at 0.1 µm, and more tiles than any has.
const MOST_EXTENT = 10_000_000;
const MOST_FRAMES = 10_000_000;
const MOST_TILE_PIXELS = 2 ** 26;

/** Whether a data set is a whole slide image, and no label, overview or thumbnail. */
export function isSlideVolume(dataset: DicomJson): boolean {
  return textOf(dataset, '00080016') === WSI_SOP_CLASS && kindOf(dataset) === 'VOLUME';
}

/** By Image Type (0008,0008), or, for converters that leave it out, Volumetric Properties (0008,9206). */
function kindOf(dataset: DicomJson): string {
  const imageType = textsOf(dataset, '00080008');
  return imageType.length === 0 ? textOf(dataset, '00089206') : (imageType[2] ?? '');
}

/**
 * What an instance says of itself, checked.
 *
 * @param table of its frames, where they have functional groups of their own
 * @throws DH_SLIDE_UNREADABLE, DH_SLIDE_UNSUITABLE
 */
export function describeInstance(dataset: DicomJson, table: FrameTable): WsiInstance {
  checkKind(dataset);
  const uids = {
    sopInstanceUid: uid(dataset, '00080018', 'SOP Instance UID'),
    studyInstanceUid: uid(dataset, '0020000D', 'Study Instance UID'),
    seriesInstanceUid: uid(dataset, '0020000E', 'Series Instance UID'),
    frameOfReferenceUid: textOf(dataset, '00200052') === '' ? '' : uid(dataset, '00200052', 'Frame of Reference UID'),
  };
  const width = extent(dataset, '00480006', 'Total Pixel Matrix Columns');
  const height = extent(dataset, '00480007', 'Total Pixel Matrix Rows');
  const tile = { width: extent(dataset, '00280011', 'Columns'), height: extent(dataset, '00280010', 'Rows') };
  if (tile.width * tile.height > MOST_TILE_PIXELS) throw unreadable('is stored in frames that are too large');
  const frames = numberOf(dataset, '00280008') ?? 1;
  if (!Number.isInteger(frames) || frames < 1 || frames > MOST_FRAMES) {
    throw unreadable('has a Number of Frames (0028,0008) that is none');
  }
  checkPixels(dataset);
  checkPicture(dataset, table);
  const concatenation = concatenationOf(dataset);
  return {
    ...uids,
    ...{ width, height, tile, frames, table, dataset },
    isFull: textOf(dataset, '00209311') === 'TILED_FULL',
    ...(concatenation === undefined ? {} : { concatenation }),
    photometric: textOf(dataset, '00280004'),
    isPlanar: numberOf(dataset, '00280006') === 1,
    scales: statedScales(dataset, width, height, table),
  };
}

function checkKind(dataset: DicomJson): void {
  if (textOf(dataset, '00080016') !== WSI_SOP_CLASS) {
    throw unreadable('is a DICOM file that is no whole slide microscopy image');
  }
  const kind = kindOf(dataset);
  if (kind === 'VOLUME') return;
  const what = ['LABEL', 'OVERVIEW', 'THUMBNAIL', 'LOCALIZER'].includes(kind) ? `the ${kind}` : 'another picture';
  throw unreadable(
    `is a DICOM file with ${what} of a slide, not with the slide: its Image Type (0008,0008) is not VOLUME`,
  );
}

/** Several focal planes or stains lie above each other: which of them a model wants, nobody has said. */
function checkPicture(dataset: DicomJson, table: FrameTable): void {
  const planes = numberOf(dataset, '00480303') ?? 1;
  if (planes > 1 || table.hasSeveralPlanes) throw unsuitable('has several focal planes');
  const paths = numberOf(dataset, '00480302') ?? 1;
  if (paths > 1 || table.hasSeveralPaths) throw unsuitable('has several optical paths, as fluorescence has');
}

function checkPixels(dataset: DicomJson): void {
  const [samples, allocated, stored] = ['00280002', '00280100', '00280101'].map((tag) => numberOf(dataset, tag));
  if (samples === 1) throw unsuitable('is grey: it has one sample per pixel, where colour has three');
  if (samples !== 3 || allocated !== 8 || (stored !== undefined && stored !== 8)) {
    throw unreadable('does not have three samples of 8 bits a pixel');
  }
}

function concatenationOf(dataset: DicomJson): WsiConcatenation | undefined {
  const concatenation = textOf(dataset, '00209161');
  if (concatenation === '') return undefined;
  return { uid: concatenation, firstFrame: numberOf(dataset, '00209228') ?? 0, parts: numberOf(dataset, '00209163') };
}

function statedScales(dataset: DicomJson, width: number, height: number, table: FrameTable): ScaleStatement[] {
  const scales: ScaleStatement[] = [];
  const [volumeWidth, volumeHeight] = [numberOf(dataset, '00480001'), numberOf(dataset, '00480002')];
  if (volumeWidth !== undefined && volumeHeight !== undefined) {
    scales.push({
      x: (volumeWidth * 1000) / width,
      y: (volumeHeight * 1000) / height,
      source: 'ImagedVolumeWidth',
    });
  }
  const [shared] = itemsOf(dataset, '52009229');
  const [measures] = shared === undefined ? [] : itemsOf(shared, '00289110');
  const spacing = measures === undefined ? table.spacing : numbersOf(measures, '00280030');
  // Rows come first: the distance from one row to the next.
  const [down, across] = spacing;
  if (down !== undefined && across !== undefined) {
    scales.push({ x: across * 1000, y: down * 1000, source: 'PixelSpacing' });
  }
  return scales;
}

function uid(dataset: DicomJson, tag: string, name: string): string {
  const value = textOf(dataset, tag);
  // 64 characters are allowed (PS3.5, 9.1); slides with a few more are about, and are no worse for it.
  if (/^[0-9][0-9.]{0,127}$/.test(value)) return value;
  throw unreadable(`is a DICOM file without ${name}, or with one that is no UID`);
}

function extent(dataset: DicomJson, tag: string, name: string): number {
  const value = numberOf(dataset, tag);
  if (value !== undefined && Number.isInteger(value) && value >= 1 && value <= MOST_EXTENT) return value;
  throw unreadable(`has ${name} (${tag.slice(0, 4)},${tag.slice(4)}) that is absent or no extent`);
}

function unsuitable(what: string): DeepHealthError {
  return new DeepHealthError(
    'DH_SLIDE_UNSUITABLE',
    `The slide ${what}; only brightfield slides of one plane are read.`,
  );
}
