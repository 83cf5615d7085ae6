import type { runtimeV1 } from '@deephealth/proto';
import type { DicomElements } from './encode-elements.js';
import { codeItem, DICOM_CODES } from './segment-codes.js';
import { newUid } from './write-dicom.js';

/** Series Number of what models find, away from the low numbers that scanners give. */
const SERIES_NUMBER = '99';
export const MANUFACTURER = 'DeepHealth SDK';
export const RESEARCH_USE = 'Research use only';

/** What of the provenance of a result DICOM has a place for. */
export type MakerProvenance = Pick<
  runtimeV1.Provenance__Output,
  'modelName' | 'modelVersion' | 'packageSha256' | 'onnxSha256' | 'runtime' | 'engine'
>;

/** Name and version of the model, as text of at most 64 characters. */
export function modelText(provenance: MakerProvenance): string {
  return `${provenance.modelName} ${provenance.modelVersion}`.slice(0, 64);
}

/** SOP Common, Series, Equipment and the times of an object that was made of a response. */
export function ownModules(
  sopClassUid: string,
  modality: string,
  provenance: MakerProvenance,
  text: (value: string) => Uint8Array,
): DicomElements {
  const { date, time } = now();
  return {
    '00080012': ['DA', date],
    '00080013': ['TM', time],
    '00080016': ['UI', sopClassUid],
    '00080018': ['UI', newUid()],
    '00080021': ['DA', date],
    '00080023': ['DA', date],
    '00080031': ['TM', time],
    '00080033': ['TM', time],
    '00080060': ['CS', modality],
    '00080070': ['LO', MANUFACTURER],
    '0008103e': ['LO', text(modelText(provenance))],
    '00081090': ['LO', text(provenance.modelName.slice(0, 64))],
    // The package is what made this: its digest, which no other one has.
    '00181000': ['LO', provenance.packageSha256],
    '00181020': ['LO', text(`${provenance.runtime}\\${provenance.engine}`)],
    '0020000e': ['UI', newUid()],
    '00200011': ['IS', SERIES_NUMBER],
    '00200013': ['IS', '1'],
  };
}

/** An item of Algorithm Identification Sequence (PS3.3, 10.16). @param output of the model that this is */
export function algorithmIdentification(
  provenance: MakerProvenance,
  output: string,
  text: (value: string) => Uint8Array,
): DicomElements {
  const { modelName, modelVersion, packageSha256, onnxSha256 } = provenance;
  return {
    '00240202': ['LO', MANUFACTURER],
    '0066002f': ['SQ', [codeItem(DICOM_CODES.artificialIntelligence, text)]],
    '00660031': ['LO', text(modelVersion)],
    '00660032': ['LT', text(`output=${output},package_sha256=${packageSha256},onnx_sha256=${onnxSha256}`)],
    '00660036': ['LO', text(modelName)],
  };
}

/** Now, in the time of this machine, as DICOM has dates and times without a zone. */
function now(): { readonly date: string; readonly time: string } {
  const at = new Date();
  const two = (value: number) => String(value).padStart(2, '0');
  return {
    date: `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`,
    time: [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(''),
  };
}
