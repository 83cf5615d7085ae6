import {
  DeepHealthError,
  FileRefusal,
  parseEdf,
  readDicomSummary,
  readDicomWaveform,
  type SignalInputSpec,
  sniffMediaType,
} from '@deephealth/sdk';
import { hasSeveralPages } from './tiff-pages.js';
import { type FoundChannel, namedChannels } from './to-signal.js';

const DICOM = 'application/dicom';

/**
 * Channels of a file (EDF, BDF, DICOM waveform) that the manifest names; or why it cannot be read, as the end of a
 * sentence. Throws DH_CDS_PATIENT_MISMATCH if the file states another birth date than that of the Patient.
 */
export async function readSignalFile(
  spec: SignalInputSpec,
  bytes: Buffer,
  mediaType: string,
  birthDate: string | undefined,
): Promise<readonly FoundChannel[] | { readonly says: string }> {
  try {
    if (mediaType === DICOM) {
      const recording = await readDicomWaveform(bytes);
      assertBirthDate((await readDicomSummary(bytes)).patientBirthDate, birthDate);
      return namedChannels(spec, recording);
    }
    const recording = parseEdf(bytes);
    assertBirthDate(edfBirthDate(bytes), birthDate);
    return namedChannels(spec, recording);
  } catch (error) {
    return { says: refusalOf(error, mediaType) };
  }
}

/**
 * Why a picture is not sent on, as the end of a sentence; undefined if nothing speaks against it. What it shows, the
 * runtime decodes. Throws as {@link readSignalFile} does.
 */
export async function readImageFile(
  bytes: Buffer,
  mediaType: string,
  birthDate: string | undefined,
): Promise<string | undefined> {
  if (sniffMediaType(bytes) !== mediaType) return `holds no file of ${mediaType}`;
  if (mediaType === 'image/tiff') {
    const isSeveral = hasSeveralPages(bytes);
    if (isSeveral === undefined) return 'is cut off or damaged, as a file of image/tiff';
    return isSeveral ? 'has several pages, and none is said to be the one' : undefined;
  }
  if (mediaType !== DICOM) return undefined;
  try {
    const { frames, patientBirthDate } = await readDicomSummary(bytes);
    assertBirthDate(patientBirthDate, birthDate);
    return frames === 1 ? undefined : 'has several frames, and none is said to be the one';
  } catch (error) {
    return refusalOf(error, mediaType);
  }
}

function refusalOf(error: unknown, mediaType: string): string {
  if (!(error instanceof FileRefusal)) throw error;
  return `${error.message}, as a file of ${mediaType}`;
}

/** A date that is less than a whole one is compared as far as it goes. */
function assertBirthDate(ofFile: string | undefined, ofPatient: string | undefined): void {
  if (ofFile === undefined || ofPatient === undefined || ofFile.startsWith(ofPatient)) return;
  throw new DeepHealthError(
    'DH_CDS_PATIENT_MISMATCH',
    'A file states another birth date than the Patient of the context. Check whose file the document points to.',
    { details: { place: 'a file', resourceType: 'Binary' } },
  );
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** The third part of what EDF+ says of the patient, "02-MAY-1951"; "X" and whatever EDF has there are none. */
function edfBirthDate(bytes: Buffer): string | undefined {
  const part = bytes.toString('latin1', 8, 88).trim().split(' ')[2] ?? '';
  const [, day, name, year] = /^(\d{2})-([A-Z]{3})-(\d{4})$/.exec(part.toUpperCase()) ?? [];
  const month = MONTHS.indexOf(name ?? '') + 1;
  return month === 0 ? undefined : `${year}-${String(month).padStart(2, '0')}-${day}`;
}
