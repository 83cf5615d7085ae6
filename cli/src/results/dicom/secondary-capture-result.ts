import type { runtimeV1 } from '@deephealth/proto';
import type { DicomSource } from '@deephealth/runtime';
import {
  codeItem,
  DICOM_CODES,
  type DicomElements,
  modelText,
  ownModules,
  RESEARCH_USE,
  writeDicom,
} from '@deephealth/sdk';
import sharp from 'sharp';
import { characterSetFor } from './character-set.js';
import { laterality, lossyCompression, patientAndStudy } from './source-modules.js';

const SECONDARY_CAPTURE_STORAGE = '1.2.840.10008.5.1.4.1.1.7';

/**
 * A picture of a finding as a DICOM Secondary Capture image (PS3.3, A.8), RGB, in the study of the images
 * that it was drawn over. It has no place in the patient: nothing may be measured on it.
 *
 * @param picture a PNG
 */
export async function secondaryCaptureResult(
  picture: Buffer,
  provenance: runtimeV1.Provenance__Output,
  source: DicomSource,
  file: string,
): Promise<Buffer> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const characters = characterSetFor(source.attributes, [modelText(provenance)], file);
  const text = characters.encode;
  const images = new Map(source.frames.map((frame) => [frame.instanceUid, frame]));
  return writeDicom({
    ...patientAndStudy(source, characters),
    ...ownModules(SECONDARY_CAPTURE_STORAGE, 'OT', provenance, text),
    ...lossyCompression(source),
    ...laterality(source),
    '00080008': ['CS', 'DERIVED\\SECONDARY\\OTHER'],
    '00080064': ['CS', 'WSD'],
    '00082111': ['ST', text(`${modelText(provenance)} drawn over its input. ${RESEARCH_USE}.`)],
    '00082112': [
      'SQ',
      [...images.values()].map(
        ({ sopClassUid, instanceUid, frameNumber }): DicomElements => ({
          '00081150': ['UI', sopClassUid],
          '00081155': ['UI', instanceUid],
          ...(frameNumber === undefined || source.frames.length > 1
            ? {}
            : { '00081160': ['IS', String(frameNumber)] as const }),
          '0040a170': ['SQ', [codeItem(DICOM_CODES.sourceImage, text)]],
        }),
      ),
    ],
    '00200020': ['CS', ''],
    '00280002': ['US', [3]],
    '00280004': ['CS', 'RGB'],
    '00280006': ['US', [0]],
    '00280010': ['US', [info.height]],
    '00280011': ['US', [info.width]],
    '00280100': ['US', [8]],
    '00280101': ['US', [8]],
    '00280102': ['US', [7]],
    '00280103': ['US', [0]],
    '7fe00010': ['OB', data.length % 2 === 0 ? data : Buffer.concat([data, Buffer.alloc(1)])],
  });
}
