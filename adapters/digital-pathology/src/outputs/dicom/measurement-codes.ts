const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const SCT = 'http://snomed.info/sct';
const UCUM = 'http://unitsofmeasure.org';

const code = (system: string, value: string, display: string) => ({ system, version: '', code: value, display });
const dcm = (value: string, display: string) => code(DCM, value, display);

/** Quantities and their units (PS3.16: SNOMED CT, UCUM). */
export const MEASUREMENT_CODES = {
  area: code(SCT, '42798000', 'Area'),
  squareMicrometre: code(UCUM, 'um2', 'Square micrometer'),
  squareMillimetre: code(UCUM, 'mm2', 'Square millimeter'),
  percent: code(UCUM, '%', 'Percent'),
} as const;

/** Names of content of a Measurement Report (PS3.16, TID 1500 and those that it includes). */
export const REPORT_CODES = {
  report: dcm('126000', 'Imaging Measurement Report'),
  language: dcm('121049', 'Language of Content Item and Descendants'),
  english: code('urn:ietf:bcp:47', 'en', 'English'),
  observerType: dcm('121005', 'Observer Type'),
  device: dcm('121007', 'Device'),
  deviceUid: dcm('121012', 'Device Observer UID'),
  deviceName: dcm('121013', 'Device Observer Name'),
  deviceManufacturer: dcm('121014', 'Device Observer Manufacturer'),
  deviceModel: dcm('121015', 'Device Observer Model Name'),
  procedure: dcm('121058', 'Procedure reported'),
  lightMicroscopy: code(SCT, '104157003', 'Light microscopy'),
  imageLibrary: dcm('111028', 'Image Library'),
  imageLibraryGroup: dcm('126200', 'Image Library Group'),
  modality: dcm('121139', 'Modality'),
  slideMicroscopy: dcm('SM', 'Slide Microscopy'),
  measurements: dcm('126010', 'Imaging Measurements'),
  measurementGroup: dcm('125007', 'Measurement Group'),
  trackingIdentifier: dcm('112039', 'Tracking Identifier'),
  trackingUid: dcm('112040', 'Tracking Unique Identifier'),
  findingCategory: code(SCT, '276214006', 'Finding category'),
  finding: dcm('121071', 'Finding'),
  algorithmName: dcm('111001', 'Algorithm Name'),
  algorithmVersion: dcm('111003', 'Algorithm Version'),
  algorithmParameters: dcm('111002', 'Algorithm Parameters'),
  sourceOfMeasurement: dcm('121112', 'Source of Measurement'),
  comment: dcm('121106', 'Comment'),
} as const;
