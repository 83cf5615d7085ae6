/**
 * VR, by tag, of what an object that is derived from another repeats of its patient and study (PS3.3, C.7.1 and
 * C.7.2); empty if it must be there and the source has none (type 2).
 */
export const PATIENT_AND_STUDY_REQUIRED: Readonly<Record<string, string>> = {
  '00100010': 'PN', // Patient's Name
  '00100020': 'LO', // Patient ID
  '00100030': 'DA', // Patient's Birth Date
  '00100040': 'CS', // Patient's Sex
  '00080020': 'DA', // Study Date
  '00080030': 'TM', // Study Time
  '00080050': 'SH', // Accession Number
  '00080090': 'PN', // Referring Physician's Name
  '00200010': 'SH', // Study ID
};
/** The same, left out where the source has none (type 3). */
export const PATIENT_AND_STUDY_IF_ANY: Readonly<Record<string, string>> = {
  '00100021': 'LO', // Issuer of Patient ID
  '00101020': 'DS', // Patient's Size
  '00101030': 'DS', // Patient's Weight
  '00081030': 'LO', // Study Description
  '00180015': 'CS', // Body Part Examined
};
