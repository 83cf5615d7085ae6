import type { runtimeV1 } from '@deephealth/proto';
import type { DicomSource, SourceFrame, SourcePlane } from '@deephealth/runtime';
import {
  algorithmIdentification,
  codeItem,
  DeepHealthError,
  DICOM_CODES,
  type DicomElements,
  modelText,
  newUid,
  ownModules,
  RESEARCH_USE,
  segmentCodes,
  writeDicom,
} from '@deephealth/sdk';
import type { GridFinding } from '../grid-finding.js';
import { characterSetFor } from './character-set.js';
import { type SegmentFrame, segmentFrames } from './segment-frames.js';
import { frameOfReference, lossyCompression, patientAndStudy, patientOrientation } from './source-modules.js';

const SEGMENTATION_STORAGE = '1.2.840.10008.5.1.4.1.1.66.4';
const SEGMENT_IDENTIFICATION_SEQUENCE = 0x0062000a;
const REFERENCED_SEGMENT_NUMBER = 0x0062000b;
const PLANE_POSITION_SEQUENCE = 0x00209113;
const IMAGE_POSITION_PATIENT = 0x00200032;

/**
 * A mask as a DICOM Segmentation (PS3.3, A.51): binary, a segment for each class, in the study of the images
 * and, where they have one, in their frame of reference. Each frame names the image that it lies on.
 *
 * @param source the images, frame by frame the slices of the finding
 * @throws DH_REQUEST_MALFORMED for a map, for a class without codes and for a finding of another size
 */
export function segmentationResult(
  finding: GridFinding,
  provenance: runtimeV1.Provenance__Output,
  source: DicomSource,
  file: string,
): Buffer {
  const refuse = (why: string) =>
    new DeepHealthError('DH_REQUEST_MALFORMED', `"${file}" cannot be written: ${why}.`, { details: { file } });
  const { name, classes, isMask, values } = finding;
  const { rows, columns } = source;
  if (!isMask) throw refuse(`"${name}" is a map, and a DICOM Segmentation holds masks; write .nii or .png`);
  const [height, width] = finding.grid.size.slice(-2).map(Number);
  if (height !== rows || width !== columns || values.length !== rows * columns * source.frames.length) {
    throw refuse(`"${name}" does not lie where the input does`);
  }
  const coded = classes.map((one) => ({ ...one, ...segmentCodes(one, file) }));
  const own = [
    modelText(provenance),
    ...coded.flatMap(({ label, type, category }) => [label, type.display, category.display]),
  ];
  const characters = characterSetFor(source.attributes, own, file);
  const text = characters.encode;
  const { frames, bits, overlap } = segmentFrames(finding, rows * columns);
  const isPlaced = source.frameOfReference !== '' && source.frames.every(({ plane }) => plane !== undefined);
  const algorithm = algorithmIdentification(provenance, name, text);
  const organization = newUid();
  return writeDicom({
    ...patientAndStudy(source, characters),
    ...ownModules(SEGMENTATION_STORAGE, 'SEG', provenance, text),
    ...(isPlaced ? frameOfReference(source) : patientOrientation(source)),
    ...lossyCompression(source),
    '00080008': ['CS', 'DERIVED\\PRIMARY'],
    '00280002': ['US', [1]],
    '00280004': ['CS', 'MONOCHROME2'],
    '00280008': ['IS', String(frames.length)],
    '00280010': ['US', [rows]],
    '00280011': ['US', [columns]],
    '00280100': ['US', [1]],
    '00280101': ['US', [1]],
    '00280102': ['US', [0]],
    '00280103': ['US', [0]],
    '00700080': ['CS', 'SEGMENTATION'],
    '00700081': ['LO', RESEARCH_USE],
    '00700084': ['PN', ''],
    '00620001': ['CS', 'BINARY'],
    '00620013': ['CS', overlap ? 'YES' : 'NO'],
    '00620002': [
      'SQ',
      coded.map(
        ({ label, type, category }, index): DicomElements => ({
          '00620003': ['SQ', [codeItem(category, text)]],
          '00620004': ['US', [index + 1]],
          '00620005': ['LO', text(label.slice(0, 64))],
          '00620007': ['SQ', [algorithm]],
          '00620008': ['CS', 'AUTOMATIC'],
          '00620009': ['LO', text(modelText(provenance))],
          '0062000f': ['SQ', [codeItem(type, text)]],
        }),
      ),
    ],
    '00081115': ['SQ', [referencedSeries(source)]],
    '00209221': ['SQ', [{ '00209164': ['UI', organization] }]],
    '00209222': ['SQ', dimensionsOf(organization, isPlaced)],
    '52009229': ['SQ', [isPlaced ? sharedGroups(source.frames) : {}]],
    '52009230': [
      'SQ',
      frames.map((frame) => frameGroups(frame, source.frames[frame.slice] as SourceFrame, isPlaced, text)),
    ],
    '7fe00010': ['OB', bits],
  });
}

/** Common Instance Reference (PS3.3, C.12.2). */
function referencedSeries({ seriesUid, frames }: DicomSource): DicomElements {
  const instances = new Map(frames.map((frame) => [frame.instanceUid, frame]));
  return {
    '0020000e': ['UI', seriesUid],
    '0008114a': [
      'SQ',
      [...instances.values()].map(
        ({ sopClassUid, instanceUid }): DicomElements => ({
          '00081150': ['UI', sopClassUid],
          '00081155': ['UI', instanceUid],
        }),
      ),
    ],
  };
}

/** By segment, then, of images in a patient, along the stack of slices. */
function dimensionsOf(organization: string, isPlaced: boolean): DicomElements[] {
  const dimension = (pointer: number, group: number, label: string): DicomElements => ({
    '00209164': ['UI', organization],
    '00209165': ['AT', [pointer]],
    '00209167': ['AT', [group]],
    '00209421': ['LO', label],
  });
  const segment = dimension(REFERENCED_SEGMENT_NUMBER, SEGMENT_IDENTIFICATION_SEQUENCE, 'Segment Number');
  if (!isPlaced) return [segment];
  return [segment, dimension(IMAGE_POSITION_PATIENT, PLANE_POSITION_SEQUENCE, 'Image Position Patient')];
}

/** What all slices of a volume have in common, in the decimals of the first one. */
function sharedGroups(frames: readonly SourceFrame[]): DicomElements {
  const [first] = frames as readonly [SourceFrame];
  const { orientation, pixelSpacing, sliceThickness } = first.plane as SourcePlane;
  const spacing = frames.length < 2 ? undefined : sliceSpacing(frames);
  return {
    '00209116': ['SQ', [{ '00200037': ['DS', orientation] }]],
    '00289110': [
      'SQ',
      [
        {
          ...(sliceThickness === undefined ? {} : { '00180050': ['DS', sliceThickness] as const }),
          ...(spacing === undefined ? {} : { '00180088': ['DS', spacing] as const }),
          '00280030': ['DS', pixelSpacing],
        },
      ],
    ],
  };
}

/** Mean distance of neighbouring slices, as a decimal of at most 16 characters. */
function sliceSpacing(frames: readonly SourceFrame[]): string {
  const place = (frame: SourceFrame | undefined) => (frame?.plane?.position ?? '').split('\\').map(Number);
  const [from, to] = [place(frames[0]), place(frames.at(-1))];
  const distance = Math.hypot(...from.map((value, i) => (to[i] as number) - value)) / (frames.length - 1);
  return String(Number(distance.toPrecision(10)));
}

function frameGroups(
  { segment, slice }: SegmentFrame,
  { sopClassUid, instanceUid, frameNumber, plane }: SourceFrame,
  isPlaced: boolean,
  text: (value: string) => Uint8Array,
): DicomElements {
  const image: DicomElements = {
    '00081150': ['UI', sopClassUid],
    '00081155': ['UI', instanceUid],
    ...(frameNumber === undefined ? {} : { '00081160': ['IS', String(frameNumber)] as const }),
    '0028135a': ['CS', 'YES'],
    '0040a170': ['SQ', [codeItem(DICOM_CODES.sourceImage, text)]],
  };
  return {
    '00089124': [
      'SQ',
      [{ '00082112': ['SQ', [image]], '00089215': ['SQ', [codeItem(DICOM_CODES.segmentation, text)]] }],
    ],
    '00209111': ['SQ', [{ '00209157': ['UL', isPlaced ? [segment + 1, slice + 1] : [segment + 1]] }]],
    ...(isPlaced ? { '00209113': ['SQ', [{ '00200032': ['DS', plane?.position ?? ''] }]] as const } : {}),
    '0062000a': ['SQ', [{ '0062000b': ['US', [segment + 1]] }]],
  };
}
