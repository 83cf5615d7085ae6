import { basename } from 'node:path';
import {
  type DicomElements,
  MANUFACTURER,
  modelText,
  newUid,
  RESEARCH_USE,
  segmentCodes,
  writeDicom,
} from '@deephealth/sdk';
import type { MapChannel, SlideMap } from '../../map/slide-map.js';
import type { Slide } from '../../slide/slide.js';
import { channelsOf, thresholdOf } from '../channel-of.js';
import { type ClassArea, classAreas } from '../class-areas.js';
import { type OutputOptions, writeOutputFile } from '../output-file.js';
import {
  codeContent,
  container,
  imageContent,
  numberContent,
  type PrivateCode,
  textContent,
  uidContent,
} from './content-items.js';
import { utf8 } from './from-dicom-json.js';
import { MEASUREMENT_CODES, REPORT_CODES } from './measurement-codes.js';
import { type DicomSlide, derivedModules, makerOf, references, requireDicom } from './slide-modules.js';
import { decimal } from './slide-plane.js';

export interface ReportOptions extends OutputOptions {
  /** Probability from which on a cell belongs to a class. Default that of the model. */
  readonly threshold?: number;
  /** Labels of the channels to tell of. Default all. */
  readonly channels?: readonly string[];
}

const COMPREHENSIVE_3D_SR_STORAGE = '1.2.840.10008.5.1.4.1.1.88.34';
/** Names begin with 99 for schemes of one's own (PS3.16, 8.2). */
const OWN_SCHEME = '99DEEPHEALTH';
const own = (code: string, display: string): PrivateCode => ({ scheme: OWN_SCHEME, code, display });
const EXAMINED_AREA = own('examined-area', 'Area examined by the algorithm');
const SHARE = own('area-share', 'Share of the examined area');

/**
 * What a map says of the whole slide as a Comprehensive 3D SR in its study: a Measurement Report (PS3.16,
 * TID 1500) with, for each class, its area in mm2, the area that was examined, and their share. It is complete and
 * not verified.
 *
 * @throws DH_REQUEST_MALFORMED for a slide that is not in DICOM, and for a class without codes or threshold;
 * DH_OUTPUT_EXISTS, DH_OUTPUT_NOT_WRITTEN, DH_CANCELLED
 */
export async function writeReport(
  map: SlideMap,
  slide: Pick<Slide, 'geometry' | 'dicom'>,
  path: string,
  options: ReportOptions = {},
): Promise<void> {
  const file = basename(path);
  const source = requireDicom(slide, file);
  const thresholds = new Map<number, number>();
  for (const channel of channelsOf(map, options.channels, file)) {
    const one = map.channels[channel] as MapChannel;
    segmentCodes(one, file);
    thresholds.set(channel, thresholdOf(one, options.threshold, file));
  }
  await writeOutputFile(path, options, async (sink) => {
    const areas = await classAreas(map, source.geometry, thresholds, options.signal);
    await sink.write(writeDicom(reportElements(source, map, areas, file)));
  });
}

function reportElements(source: DicomSlide, map: SlideMap, areas: readonly ClassArea[], file: string): DicomElements {
  const images = references(source, [map.extraction.level], file);
  const evidence: DicomElements = {
    '0020000d': ['UI', source.dicom.studyInstanceUid],
    '00081115': ['SQ', [{ '0020000e': ['UI', source.dicom.seriesInstanceUid], '00081199': ['SQ', images] }]],
  };
  return {
    ...derivedModules(source, map, COMPREHENSIVE_3D_SR_STORAGE, 'SR'),
    '00080110': [
      'SQ',
      [{ '00080102': ['SH', OWN_SCHEME], '00080115': ['ST', utf8(`${MANUFACTURER}: measurements of slides`)] }],
    ],
    '00081111': ['SQ', []],
    '0040a372': ['SQ', []],
    '0040a375': ['SQ', [evidence]],
    '0040a491': ['CS', 'COMPLETE'],
    '0040a493': ['CS', 'UNVERIFIED'],
    ...container(undefined, REPORT_CODES.report, reportContent(map, areas, images, file), '1500'),
  };
}

function reportContent(
  map: SlideMap,
  areas: readonly ClassArea[],
  images: readonly DicomElements[],
  file: string,
): DicomElements[] {
  const maker = makerOf(map.provenance);
  const modality = codeContent('HAS ACQ CONTEXT', REPORT_CODES.modality, REPORT_CODES.slideMicroscopy);
  const library = images.map((image) => imageContent('CONTAINS', undefined, image, [modality]));
  return [
    codeContent('HAS CONCEPT MOD', REPORT_CODES.language, REPORT_CODES.english),
    codeContent('HAS OBS CONTEXT', REPORT_CODES.observerType, REPORT_CODES.device),
    uidContent('HAS OBS CONTEXT', REPORT_CODES.deviceUid, newUid()),
    textContent('HAS OBS CONTEXT', REPORT_CODES.deviceName, maker.runtime),
    textContent('HAS OBS CONTEXT', REPORT_CODES.deviceManufacturer, MANUFACTURER),
    textContent('HAS OBS CONTEXT', REPORT_CODES.deviceModel, modelText(maker)),
    codeContent('HAS CONCEPT MOD', REPORT_CODES.procedure, REPORT_CODES.lightMicroscopy),
    container('CONTAINS', REPORT_CODES.imageLibrary, [container('CONTAINS', REPORT_CODES.imageLibraryGroup, library)]),
    container(
      'CONTAINS',
      REPORT_CODES.measurements,
      areas.map((area) => measurementGroup(map, area, images, file)),
    ),
  ];
}

/** TID 1501, with the algorithm as TID 4019 has it. */
function measurementGroup(
  map: SlideMap,
  { channel, threshold, areaMm2, examinedMm2, share }: ClassArea,
  images: readonly DicomElements[],
  file: string,
): DicomElements {
  const one = map.channels[channel] as MapChannel;
  const { category, type } = segmentCodes(one, file);
  const { model, planSha256 } = map.provenance;
  const parameters = [
    `output=${map.label}`,
    `threshold=${decimal(threshold)}`,
    `package_sha256=${model.packageSha256}`,
    `onnx_sha256=${model.onnxSha256}`,
    `plan_sha256=${planSha256}`,
  ];
  const from = images.map((image) => imageContent('INFERRED FROM', REPORT_CODES.sourceOfMeasurement, image));
  return container('CONTAINS', REPORT_CODES.measurementGroup, [
    textContent('HAS OBS CONTEXT', REPORT_CODES.trackingIdentifier, `${map.label}: ${one.label}`),
    uidContent('HAS OBS CONTEXT', REPORT_CODES.trackingUid, newUid()),
    codeContent('CONTAINS', REPORT_CODES.findingCategory, category),
    codeContent('CONTAINS', REPORT_CODES.finding, type),
    textContent('HAS CONCEPT MOD', REPORT_CODES.algorithmName, model.name),
    textContent('HAS CONCEPT MOD', REPORT_CODES.algorithmVersion, model.version),
    ...parameters.map((text) => textContent('HAS CONCEPT MOD', REPORT_CODES.algorithmParameters, text)),
    numberContent(MEASUREMENT_CODES.area, decimal(areaMm2), MEASUREMENT_CODES.squareMillimetre, from),
    numberContent(EXAMINED_AREA, decimal(examinedMm2), MEASUREMENT_CODES.squareMillimetre, from),
    ...(Number.isNaN(share) ? [] : [numberContent(SHARE, decimal(share * 100), MEASUREMENT_CODES.percent, from)]),
    textContent('CONTAINS', REPORT_CODES.comment, `${RESEARCH_USE}.`),
  ]);
}
