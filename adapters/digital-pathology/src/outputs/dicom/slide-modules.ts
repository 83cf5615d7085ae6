import {
  type DicomElements,
  type MakerProvenance,
  ownModules,
  PATIENT_AND_STUDY_IF_ANY,
  PATIENT_AND_STUDY_REQUIRED,
} from '@deephealth/sdk';
import type { MapProvenance, SlideMap } from '../../map/slide-map.js';
import type { DicomSlideSource, Slide, SlideGeometry } from '../../slide/slide.js';
import { outputRefusal } from '../output-failure.js';
import { type DicomJson, fromDicomJson, jsonItem, utf8 } from './from-dicom-json.js';

/** A slide that DICOM objects can be derived from. */
export interface DicomSlide {
  readonly geometry: SlideGeometry;
  readonly dicom: DicomSlideSource;
}

/** Specimen (PS3.3, C.7.6.22), copied as a whole or not at all. */
const SPECIMEN = ['00400512', '00400513', '00400515', '00400518', '00400520', '00400560'];
const CONTAINER_IDENTIFIER = '00400512';
const SPECIMEN_DESCRIPTION = '00400560';
const LOSSY_COMPRESSION = ['00282110', '00282112', '00282114'];
const POSITION_REFERENCE = '00201040';

/** @throws DH_REQUEST_MALFORMED for a slide of another format: an object of DICOM belongs to a patient and a study */
export function requireDicom(slide: Pick<Slide, 'geometry' | 'dicom'>, file: string): DicomSlide {
  const { geometry, dicom } = slide;
  if (dicom !== undefined) return { geometry, dicom };
  throw outputRefusal(
    file,
    'the slide is not in DICOM, and patient, study and frame of reference are not made up. Convert the slide to DICOM first, or write another format',
  );
}

/** The instance of a level. @throws DH_REQUEST_MALFORMED */
export function instanceOf({ dicom }: DicomSlide, level: number, file: string) {
  const instance = dicom.instances[level];
  if (instance !== undefined) return instance;
  throw outputRefusal(file, 'the slide does not have this level');
}

/** What DICOM has a place for of how a map was made. */
export function makerOf({ model, runtime }: MapProvenance): MakerProvenance {
  return {
    modelName: model.name,
    modelVersion: model.version,
    packageSha256: model.packageSha256,
    onnxSha256: model.onnxSha256,
    runtime: runtime.server,
    engine: runtime.engine,
  };
}

/** Patient, Study, Series, Equipment and SOP Common of an object that is derived from a slide. */
export function derivedModules(
  { dicom }: DicomSlide,
  { provenance }: SlideMap,
  sopClassUid: string,
  modality: string,
): DicomElements {
  const metadata = dicom.metadata as DicomJson;
  const required = Object.fromEntries(
    Object.entries(PATIENT_AND_STUDY_REQUIRED).map(([tag, vr]) => [tag, [vr, ''] as const]),
  );
  return {
    ...required,
    ...fromDicomJson(metadata, Object.keys(PATIENT_AND_STUDY_REQUIRED)),
    ...fromDicomJson(metadata, Object.keys(PATIENT_AND_STUDY_IF_ANY)),
    ...ownModules(sopClassUid, modality, makerOf(provenance), utf8),
    // DICOM JSON is in UTF-8, and so is what is copied of it.
    '00080005': ['CS', 'ISO_IR 192'],
    '0020000d': ['UI', dicom.studyInstanceUid],
  };
}

/** Specimen as the slide states it, for images; nothing if it does not. */
export function specimen({ dicom }: DicomSlide): DicomElements {
  const metadata = dicom.metadata as DicomJson;
  const copied = fromDicomJson(metadata, SPECIMEN);
  if (copied[CONTAINER_IDENTIFIER] === undefined || jsonItem(metadata, SPECIMEN_DESCRIPTION) === undefined) return {};
  // Type 2: there, if only empty.
  return { '00400513': ['SQ', []], '00400518': ['SQ', []], ...copied };
}

/** Frame of Reference (PS3.3, C.7.4.1), that of the slide. */
export function frameOfReference({ dicom }: DicomSlide): DicomElements {
  return {
    '00200052': ['UI', dicom.frameOfReferenceUid],
    [POSITION_REFERENCE]: ['LO', ''],
    ...fromDicomJson(dicom.metadata, [POSITION_REFERENCE]),
  };
}

/** Lossy Image Compression: what was lost in the slide stays lost (PS3.3, C.7.6.1.1.5). */
export function lossyCompression({ dicom }: DicomSlide): DicomElements {
  return { '00282110': ['CS', '00'], ...fromDicomJson(dicom.metadata, LOSSY_COMPRESSION) };
}

/** Referenced SOP Class and Instance of levels of the slide. */
export function references(slide: DicomSlide, levels: readonly number[], file: string): DicomElements[] {
  return [...new Set(levels)].map((level) => {
    const { sopClassUid, sopInstanceUid } = instanceOf(slide, level, file);
    return { '00081150': ['UI', sopClassUid], '00081155': ['UI', sopInstanceUid] };
  });
}

/** Common Instance Reference (PS3.3, C.12.2). */
export function commonInstanceReference(slide: DicomSlide, levels: readonly number[], file: string): DicomElements {
  return {
    '00081115': [
      'SQ',
      [{ '0020000e': ['UI', slide.dicom.seriesInstanceUid], '0008114a': ['SQ', references(slide, levels, file)] }],
    ],
  };
}
