import { DeepHealthError } from '@deephealth/sdk';
import type { DataSet } from 'dicom-parser';
import { DicomRefusal } from '../decoders/dicom-refusal.js';
import { textOf } from '../decoders/dicom-values.js';
import { FrameAttributes } from '../decoders/frame-attributes.js';
import { openDicom } from '../decoders/open-dicom.js';
import { stackFiles } from '../volumes/decode-series.js';
import { SeriesFault } from '../volumes/stack-slices.js';
import { type LossyHistory, lossyHistory } from './lossy-history.js';

/** What an object that is derived from DICOM images has to say of them. */
export interface DicomSource {
  /** Values of the attributes that were asked for, as they are stored, by tag of eight hex digits. */
  readonly attributes: Readonly<Record<string, Uint8Array>>;
  readonly studyUid: string;
  readonly seriesUid: string;
  /** Empty if the images state none. */
  readonly frameOfReference: string;
  readonly rows: number;
  readonly columns: number;
  /** In the order of the slices of a volume; of an image the one frame. */
  readonly frames: readonly SourceFrame[];
  /** What lossy compression has done to any of them; undefined if nothing. */
  readonly lossy?: LossyHistory;
}

export interface SourceFrame {
  readonly sopClassUid: string;
  readonly instanceUid: string;
  /** Counted from 1; undefined for an instance of one frame. */
  readonly frameNumber?: number;
  /** Where it lies in the patient, in DICOM's decimals; undefined if it does not say all of it. */
  readonly plane?: SourcePlane;
}

export interface SourcePlane {
  readonly position: string;
  readonly orientation: string;
  readonly pixelSpacing: string;
  readonly sliceThickness?: string;
}

const PIXEL_MEASURES = 'x00289110';
const PLANE_ORIENTATION = 'x00209116';
const PLANE_POSITION = 'x00209113';

/** More than any text of the patient or the study may have. */
const MOST_TEXT_BYTES = 1024;

/**
 * Reads of DICOM images what an object derived from them must repeat or refer to. Files are borrowed.
 *
 * @param files one image, or all files of a volume in any order
 * @param chosen the frame of an image, from 0; or the voxels that a volume may have
 * @param tags attributes of text to copy, of the first file
 * @throws DH_MEDIA_UNREADABLE for files that are not DICOM or lack what identifies them, DH_SERIES_INVALID
 */
export async function readDicomSource(
  files: readonly Uint8Array[],
  chosen: { readonly frame: number } | { readonly maxVoxels: number },
  tags: readonly string[],
): Promise<DicomSource> {
  try {
    const frames = await framesOf(files, chosen);
    const { dataset } = frames[0] as OpenFrame;
    const lossy = frames.map(({ dataset: one, transferSyntax }) => lossyHistory(one, transferSyntax));
    const history = lossy.find((one) => one !== undefined);
    return {
      attributes: copyOf(dataset, tags),
      studyUid: uidOf(dataset, 'x0020000d', 'Study Instance UID'),
      seriesUid: uidOf(dataset, 'x0020000e', 'Series Instance UID'),
      frameOfReference: textOf(dataset, 'x00200052') ?? '',
      rows: dataset.uint16('x00280010') ?? 0,
      columns: dataset.uint16('x00280011') ?? 0,
      frames: frames.map(toFrame),
      ...(history === undefined ? {} : { lossy: history }),
    };
  } catch (thrown) {
    if (thrown instanceof SeriesFault) {
      throw new DeepHealthError('DH_SERIES_INVALID', `The series ${thrown.message}.`, { cause: thrown });
    }
    if (!(thrown instanceof DicomRefusal)) throw thrown;
    throw new DeepHealthError('DH_MEDIA_UNREADABLE', `The DICOM file ${thrown.message}.`, { cause: thrown });
  }
}

interface OpenFrame {
  readonly dataset: DataSet;
  readonly transferSyntax: string;
  readonly frame: number;
  readonly frames: number;
}

async function framesOf(
  files: readonly Uint8Array[],
  chosen: { readonly frame: number } | { readonly maxVoxels: number },
): Promise<OpenFrame[]> {
  const open = async (file: Uint8Array, frame: number): Promise<OpenFrame> => {
    const { dataset, transferSyntax } = await openDicom(file);
    const frames = Number(textOf(dataset, 'x00280008') ?? '1');
    if (!(Number.isInteger(frames) && frame < frames)) throw new DicomRefusal('has not the frame that was asked for');
    return { dataset, transferSyntax, frame, frames };
  };
  if ('frame' in chosen) return [await open(files[0] as Uint8Array, chosen.frame)];
  const { stack } = await stackFiles(files, chosen.maxVoxels);
  if (files.length > 1) return Promise.all(stack.slices.map(({ index }) => open(files[index] as Uint8Array, 0)));
  const first = await open(files[0] as Uint8Array, 0);
  return stack.slices.map(({ index }) => ({ ...first, frame: index }));
}

function toFrame({ dataset, frame, frames }: OpenFrame): SourceFrame {
  const attributes = new FrameAttributes(dataset, frame, frames);
  const decimals = (group: string, tag: string) => attributes.group(group).string(tag)?.trim() || undefined;
  const position = decimals(PLANE_POSITION, 'x00200032');
  const orientation = decimals(PLANE_ORIENTATION, 'x00200037');
  const pixelSpacing = decimals(PIXEL_MEASURES, 'x00280030');
  const sliceThickness = decimals(PIXEL_MEASURES, 'x00180050');
  const isPlaced = position !== undefined && orientation !== undefined && pixelSpacing !== undefined;
  return {
    sopClassUid: uidOf(dataset, 'x00080016', 'SOP Class UID'),
    instanceUid: uidOf(dataset, 'x00080018', 'SOP Instance UID'),
    ...(frames > 1 && { frameNumber: frame + 1 }),
    ...(isPlaced && {
      plane: { position, orientation, pixelSpacing, ...(sliceThickness !== undefined && { sliceThickness }) },
    }),
  };
}

function uidOf(dataset: DataSet, tag: string, name: string): string {
  const uid = textOf(dataset, tag);
  if (uid === undefined || !/^[0-9.]{1,64}$/.test(uid)) throw new DicomRefusal(`has no ${name}`);
  return uid;
}

function copyOf(dataset: DataSet, tags: readonly string[]): Record<string, Uint8Array> {
  const copies: Record<string, Uint8Array> = {};
  for (const tag of tags) {
    const element = dataset.elements[`x${tag}`];
    if (element === undefined) continue;
    if (element.length > MOST_TEXT_BYTES) throw new DicomRefusal('has an attribute that is longer than DICOM allows');
    // A copy: the file must not be held for a few of its bytes.
    copies[tag] = Uint8Array.from(dataset.byteArray.subarray(element.dataOffset, element.dataOffset + element.length));
  }
  return copies;
}
