import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '../errors/deephealth-error.js';
import type { DicomElements } from './encode-elements.js';

/** Coding Scheme Designators (PS3.16, 8) of terminologies by their URI, as FHIR has them. */
const SCHEMES: Readonly<Record<string, string>> = {
  'http://snomed.info/sct': 'SCT',
  'http://dicom.nema.org/resources/ontology/DCM': 'DCM',
  'http://loinc.org': 'LN',
  'http://www.radlex.org': 'RADLEX',
  'http://radlex.org': 'RADLEX',
  'http://purl.org/sig/ont/fma': 'FMA',
  'http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl': 'NCIt',
  'http://www.nlm.nih.gov/research/umls': 'UMLS',
  'http://unitsofmeasure.org': 'UCUM',
  'urn:ietf:bcp:47': 'RFC5646',
};
const MOST_MEANING = 64;
/** Longer codes are Long Code Values. */
const MOST_CODE = 16;

export interface SegmentCodes {
  readonly category: runtimeV1.Coding__Output;
  readonly type: runtimeV1.Coding__Output;
}

/** A class and what the manifest says that it is: of a mask, or of a map. */
export interface CodedClass {
  readonly label: string;
  readonly codes: readonly runtimeV1.Coding__Output[];
  readonly category: runtimeV1.Coding__Output | null;
}

/**
 * Category and type that a segment must have (PS3.3, C.8.20.2): of the manifest, never made up.
 * A group of annotations must have the same (C.37.1.2).
 *
 * @throws DH_REQUEST_MALFORMED naming the class and what its manifest lacks
 */
export function segmentCodes({ label, codes, category }: CodedClass, file: string): SegmentCodes {
  const refuse = (what: string) =>
    new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      `"${file}" cannot be written: DICOM wants class "${label}" coded, and its manifest has no ${what}, with a display text of at most ${MOST_MEANING} characters and from a terminology that DICOM names.`,
      { details: { file, class: label } },
    );
  const isUsable = ({ system, code, display }: runtimeV1.Coding__Output) =>
    Object.hasOwn(SCHEMES, system) && code !== '' && display !== '' && display.length <= MOST_MEANING;
  if (category === null || !isUsable(category)) throw refuse('"category"');
  const type = codes.find(isUsable);
  if (type === undefined) throw refuse('code in "codes"');
  return { category, type };
}

/** A code sequence item (PS3.3, 8.8). */
export function codeItem(
  { system, version, code, display }: Pick<runtimeV1.Coding__Output, 'system' | 'version' | 'code' | 'display'>,
  text: (value: string) => Uint8Array,
): DicomElements {
  const scheme = SCHEMES[system] as string;
  return {
    ...(code.length <= MOST_CODE ? { '00080100': ['SH', code] as const } : { '00080119': ['UC', code] as const }),
    '00080102': ['SH', scheme],
    // Only DICOM's own terminology needs none, and a URI that is a version of SNOMED CT is longer than allowed.
    ...(version !== '' && version.length <= MOST_CODE ? { '00080103': ['SH', text(version)] as const } : {}),
    '00080104': ['LO', text(display)],
  };
}

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const dcm = (code: string, display: string) => ({ system: DCM, version: '', code, display });

/** Codes of DICOM itself (PS3.16, Annex D). */
export const DICOM_CODES = {
  artificialIntelligence: dcm('123110', 'Artificial Intelligence'),
  segmentation: dcm('113076', 'Segmentation'),
  sourceImage: dcm('121322', 'Source image for image processing operation'),
} as const;
