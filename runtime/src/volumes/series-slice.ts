import type { DataSet } from 'dicom-parser';
import { DicomRefusal } from '../decoders/dicom-refusal.js';
import { decimalsOf, textOf, textsOf } from '../decoders/dicom-values.js';
import { FrameAttributes } from '../decoders/frame-attributes.js';

/** What the header of one instance, or of one frame, says of its slice. Positions are millimetres in LPS. */
export interface SeriesSlice {
  /** Place of the file in the series as sent, from 0; of a file with many frames, the frame. */
  readonly index: number;
  readonly seriesUid: string;
  readonly instanceUid: string;
  readonly frameOfReference: string;
  readonly modality: string;
  readonly rows: number;
  readonly columns: number;
  /** Centre of the first pixel. */
  readonly position: readonly [number, number, number];
  /** Direction of increasing column index, then of increasing row index. */
  readonly alongRow: readonly [number, number, number];
  readonly alongColumn: readonly [number, number, number];
  /** Distance of rows, then of columns. */
  readonly pixelSpacing: readonly [number, number];
  readonly slope: number;
  readonly intercept: number;
  /** Rescale Type (0028,1054); empty if not stated. */
  readonly rescaleType: string;
}

const UNIT_TOLERANCE = 1e-3;

const PIXEL_MEASURES = 'x00289110';
const PLANE_ORIENTATION = 'x00209116';
const PLANE_POSITION = 'x00209113';
const PIXEL_VALUE_TRANSFORMATION = 'x00289145';
/** Of MR, CT and PET; each holds the Frame Type. */
const FRAME_TYPES = ['x00189226', 'x00189329', 'x00189751'];

/** Reads the header of a file. @throws DicomRefusal for what is no single, placed, grey slice */
export async function readSeriesSlice(file: Uint8Array, index: number): Promise<SeriesSlice> {
  const { parseDicom } = (await import('dicom-parser')).default;
  if (Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString('latin1', 128, 132) !== 'DICM') {
    throw new DicomRefusal('is no DICOM file: "DICM" does not stand at byte 128');
  }
  let dataset: DataSet;
  try {
    // Pixels are not needed yet: reading stops before them.
    dataset = parseDicom(file, { untilTag: 'x7fe00010' });
  } catch (thrown) {
    throw new DicomRefusal('is cut off or damaged', { cause: thrown });
  }
  const frames = textOf(dataset, 'x00280008');
  if (frames !== undefined && Number(frames) !== 1) {
    throw new DicomRefusal('has several frames; a series has one slice a file');
  }
  return sliceOf(new FrameAttributes(dataset, 0, 1), index, '');
}

/**
 * Slices of one file with many frames, each placed, spaced and scaled by its functional groups (PS3.3,
 * C.7.6.16).
 *
 * @param maxVoxels more are refused before the frames are looked at
 * @throws DicomRefusal, also for a file whose frames have no places of their own
 */
export function readFrameSlices(dataset: DataSet, maxVoxels: number): SeriesSlice[] {
  const frames = Number(textOf(dataset, 'x00280008') ?? '1');
  if (!Number.isInteger(frames) || frames < 1) throw new DicomRefusal('has a Number of Frames that is none');
  const voxels = (dataset.uint16('x00280010') ?? 0) * (dataset.uint16('x00280011') ?? 0) * frames;
  if (!(voxels > 0 && voxels <= maxVoxels)) {
    throw new DicomRefusal(`has more than the ${maxVoxels} voxels that the model allows, or none`);
  }
  if ((dataset.elements.x52009230?.length ?? 0) === 0) {
    throw new DicomRefusal(
      'has no Per-frame Functional Groups, which say where each frame lies; send a series of one slice a file, or an enhanced object',
    );
  }
  return Array.from({ length: frames }, (_, frame) =>
    sliceOf(new FrameAttributes(dataset, frame, frames), frame, ` ${frame}`),
  );
}

function sliceOf(attributes: FrameAttributes, index: number, instanceSuffix: string): SeriesSlice {
  const { dataset } = attributes;
  const text = (tag: string) => (dataset.string(tag) ?? '').trim();
  const needed = (group: string, tag: string, count: number, name: string): readonly number[] => {
    const values = decimalsOf(attributes.group(group), tag, `a value of ${name}`, count);
    if (values === undefined) throw new DicomRefusal(`has no ${name}`);
    return values;
  };
  const scale = attributes.group(PIXEL_VALUE_TRANSFORMATION);
  if (text('x00280004') !== 'MONOCHROME2') throw new DicomRefusal('is not MONOCHROME2, as slices of a volume are');
  const types = [textsOf(dataset, 'x00080008'), ...FRAME_TYPES.map((tag) => frameType(attributes, tag))];
  if (types.some((type) => type?.[2] === 'LOCALIZER')) {
    throw new DicomRefusal('is a localizer, not a slice of a volume');
  }
  if (dataset.elements.x00283000 !== undefined) throw new DicomRefusal('has a Modality LUT, which is not read');
  const cosines = needed(PLANE_ORIENTATION, 'x00200037', 6, 'Image Orientation (Patient)');
  const [alongRow, alongColumn] = [cosines.slice(0, 3), cosines.slice(3)] as [number[], number[]];
  const dot = alongRow.reduce((sum, value, i) => sum + value * (alongColumn[i] as number), 0);
  const isOff = (value: number, wanted: number) => Math.abs(value - wanted) > UNIT_TOLERANCE;
  if (isOff(Math.hypot(...alongRow), 1) || isOff(Math.hypot(...alongColumn), 1) || isOff(dot, 0)) {
    throw new DicomRefusal('has an Image Orientation (Patient) that is not two perpendicular directions of length 1');
  }
  const pixelSpacing = needed(PIXEL_MEASURES, 'x00280030', 2, 'Pixel Spacing');
  if (!pixelSpacing.every((value) => value > 0)) throw new DicomRefusal('has a Pixel Spacing that is not above 0');
  return {
    index,
    seriesUid: text('x0020000e'),
    instanceUid: `${text('x00080018')}${instanceSuffix}`,
    frameOfReference: text('x00200052'),
    modality: text('x00080060'),
    rows: dataset.uint16('x00280010') ?? 0,
    columns: dataset.uint16('x00280011') ?? 0,
    position: needed(PLANE_POSITION, 'x00200032', 3, 'Image Position (Patient)') as unknown as SeriesSlice['position'],
    alongRow: alongRow as unknown as SeriesSlice['alongRow'],
    alongColumn: alongColumn as unknown as SeriesSlice['alongColumn'],
    pixelSpacing: pixelSpacing as unknown as SeriesSlice['pixelSpacing'],
    slope: decimalsOf(scale, 'x00281053', 'a Rescale Slope', 1)?.[0] ?? 1,
    intercept: decimalsOf(scale, 'x00281052', 'a Rescale Intercept', 1)?.[0] ?? 0,
    rescaleType: textOf(scale, 'x00281054') ?? '',
  };
}

/** Frame Type of a functional group; of a file without the group, nothing. */
function frameType(attributes: FrameAttributes, group: string): readonly string[] | undefined {
  return textsOf(attributes.group(group), 'x00089007');
}
