import type { DicomSource } from '@deephealth/runtime';
import {
  type DicomElements,
  PATIENT_AND_STUDY_IF_ANY as OPTIONAL,
  PATIENT_AND_STUDY_REQUIRED as REQUIRED,
} from '@deephealth/sdk';
import type { CharacterSet } from './character-set.js';

const IDENTITY_REMOVED = '00120062';
const DEIDENTIFICATION_METHOD = '00120063';
const PATIENT_AGE = '00101010';
const PATIENT_ORIENTATION = '00200020';
const LATERALITY = '00200060';
const POSITION_REFERENCE = '00201040';

/** What must be read of the source for the modules below. */
export const COPIED_TAGS = [
  '00080005',
  ...Object.keys(REQUIRED),
  ...Object.keys(OPTIONAL),
  ...[IDENTITY_REMOVED, DEIDENTIFICATION_METHOD, PATIENT_AGE],
  ...[PATIENT_ORIENTATION, LATERALITY, POSITION_REFERENCE],
];

/** Patient, General Study, Patient Study and the character set, as in the source (PS3.3, C.7.1 and C.7.2). */
export function patientAndStudy(source: DicomSource, { stated }: CharacterSet): DicomElements {
  const elements: Record<string, readonly [string, string | Uint8Array]> = {
    '0020000d': ['UI', source.studyUid],
  };
  const copied = (tag: string) => (source.attributes[tag] === undefined ? undefined : even(source.attributes[tag]));
  for (const [tag, vr] of Object.entries(REQUIRED)) elements[tag] = [vr, copied(tag) ?? ''];
  for (const [tag, vr] of Object.entries(OPTIONAL)) {
    const value = copied(tag);
    if (value !== undefined && value.length > 0) elements[tag] = [vr, value];
  }
  // One without the other would be wrong, and the method may be a sequence, which is not repeated.
  const [removed, method] = [copied(IDENTITY_REMOVED), copied(DEIDENTIFICATION_METHOD)];
  if (removed?.length && method?.length) {
    elements[IDENTITY_REMOVED] = ['CS', removed];
    elements[DEIDENTIFICATION_METHOD] = ['LO', method];
  }
  // Many files state a bare number of years, which no reader can take for an age.
  const age = copied(PATIENT_AGE);
  if (age !== undefined && /^\d{3}[DWMY]$/.test(Buffer.from(age).toString('latin1')))
    elements[PATIENT_AGE] = ['AS', age];
  if (stated !== undefined) elements['00080005'] = ['CS', even(stated)];
  return elements;
}

/** Frame of Reference (PS3.3, C.7.4.1); nothing for images without one. */
export function frameOfReference(source: DicomSource): DicomElements {
  if (source.frameOfReference === '') return {};
  return {
    '00200052': ['UI', source.frameOfReference],
    [POSITION_REFERENCE]: ['LO', even(source.attributes[POSITION_REFERENCE] ?? new Uint8Array(0))],
  };
}

/** Of an image without a place in the patient: where rows and columns point to, if the source says so. */
export function patientOrientation({ attributes }: DicomSource): DicomElements {
  return { [PATIENT_ORIENTATION]: ['CS', even(attributes[PATIENT_ORIENTATION] ?? new Uint8Array(0))] };
}

/** Laterality of the series; left out where the source, with a body part that has no side, has none. */
export function laterality({ attributes }: DicomSource): DicomElements {
  const [value, bodyPart] = [attributes[LATERALITY], attributes['00180015']];
  if (!value?.length && bodyPart?.length) return {};
  return { [LATERALITY]: ['CS', even(value ?? new Uint8Array(0))] };
}

/** Lossy Image Compression: what was lost in the source stays lost (PS3.3, C.7.6.1.1.5). */
export function lossyCompression({ lossy }: DicomSource): DicomElements {
  return {
    '00282110': ['CS', lossy === undefined ? '00' : '01'],
    ...(lossy?.ratio === undefined ? {} : { '00282112': ['DS', lossy.ratio] as const }),
    ...(lossy?.method === undefined ? {} : { '00282114': ['CS', lossy.method] as const }),
  };
}

/** Files of others may have values of an odd length. */
function even(bytes: Uint8Array): Uint8Array {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(' ')]);
}
