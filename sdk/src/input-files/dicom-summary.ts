import { FileRefusal } from '../errors/file-refusal.js';

/** What a DICOM file says of itself. */
export interface DicomSummary {
  /** Number of Frames (0028,0008); 1 where it is not stated. */
  readonly frames: number;
  /** Patient's Birth Date (0010,0030) as YYYY-MM-DD; absent where it is empty or no date. */
  readonly patientBirthDate?: string;
}

/**
 * Reads a DICOM file up to its pixels, which are not looked at. The bytes are borrowed and only read.
 *
 * @throws FileRefusal for a file that is none, cut off, damaged or deflated, and for a number of frames that is none
 */
export async function readDicomSummary(bytes: Uint8Array): Promise<DicomSummary> {
  const { parseDicom } = (await import('dicom-parser')).default;
  let frames: string;
  let birthDate: string;
  try {
    const dataset = parseDicom(bytes, { untilTag: 'x7fe00010' });
    frames = (dataset.string('x00280008') ?? '').trim() || '1';
    birthDate = (dataset.string('x00100030') ?? '').trim();
  } catch (thrown) {
    throw new FileRefusal('is no DICOM file, cut off, damaged or deflated', { cause: thrown });
  }
  if (!/^[1-9]\d{0,8}$/.test(frames)) throw new FileRefusal('has a Number of Frames that is none');
  const [, year, month, day] = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(birthDate) ?? [];
  return { frames: Number(frames), ...(year === undefined ? {} : { patientBirthDate: `${year}-${month}-${day}` }) };
}
