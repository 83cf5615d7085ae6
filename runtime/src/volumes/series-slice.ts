import type { DataSet } from 'dicom-parser';
import { DicomRefusal } from '../decoders/dicom-refusal.js';

/** What the header of one instance says of its slice. Positions are millimetres in LPS. */
export interface SeriesSlice {
  /** Place of the file in the series as sent. */
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
  const text = (tag: string) => (dataset.string(tag) ?? '').trim();
  const numbers = (tag: string, count: number, name: string): number[] => {
    const values = text(tag)
      .split('\\')
      .map((value) => (value.trim() === '' ? Number.NaN : Number(value)));
    if (values.length !== count || !values.every(Number.isFinite)) throw new DicomRefusal(`has no ${name}`);
    return values;
  };
  const optional = (tag: string, fallback: number, name: string) =>
    text(tag) === '' ? fallback : (numbers(tag, 1, name)[0] as number);
  if (text('x00280008') !== '' && Number(text('x00280008')) !== 1) {
    throw new DicomRefusal('has several frames; a series has one slice a file');
  }
  if (text('x00280004') !== 'MONOCHROME2') throw new DicomRefusal('is not MONOCHROME2, as slices of a volume are');
  if (text('x00080008').split('\\')[2] === 'LOCALIZER')
    throw new DicomRefusal('is a localizer, not a slice of a volume');
  if (dataset.elements.x00283000 !== undefined) throw new DicomRefusal('has a Modality LUT, which is not read');
  const cosines = numbers('x00200037', 6, 'Image Orientation (Patient)');
  const [alongRow, alongColumn] = [cosines.slice(0, 3), cosines.slice(3)] as [number[], number[]];
  const dot = alongRow.reduce((sum, value, i) => sum + value * (alongColumn[i] as number), 0);
  const isOff = (value: number, wanted: number) => Math.abs(value - wanted) > UNIT_TOLERANCE;
  if (isOff(Math.hypot(...alongRow), 1) || isOff(Math.hypot(...alongColumn), 1) || isOff(dot, 0)) {
    throw new DicomRefusal('has an Image Orientation (Patient) that is not two perpendicular directions of length 1');
  }
  const pixelSpacing = numbers('x00280030', 2, 'Pixel Spacing');
  if (!pixelSpacing.every((value) => value > 0)) throw new DicomRefusal('has a Pixel Spacing that is not above 0');
  return {
    index,
    seriesUid: text('x0020000e'),
    instanceUid: text('x00080018'),
    frameOfReference: text('x00200052'),
    modality: text('x00080060'),
    rows: dataset.uint16('x00280010') ?? 0,
    columns: dataset.uint16('x00280011') ?? 0,
    position: numbers('x00200032', 3, 'Image Position (Patient)') as unknown as SeriesSlice['position'],
    alongRow: alongRow as unknown as SeriesSlice['alongRow'],
    alongColumn: alongColumn as unknown as SeriesSlice['alongColumn'],
    pixelSpacing: pixelSpacing as unknown as SeriesSlice['pixelSpacing'],
    slope: optional('x00281053', 1, 'Rescale Slope that is a number'),
    intercept: optional('x00281052', 0, 'Rescale Intercept that is a number'),
    rescaleType: text('x00281054'),
  };
}
