import { deflateSync } from 'node:zlib';
import { type DicomElements, dicomFile, edfFile, pngChunk, pngFile } from '@deephealth/sdk/testing';
import { RECORDING } from './chain-models.js';

/** An item of a run as the suite sends it, with what must come of it. */
export interface Study {
  /** As the runtime sees it: of no other study. */
  readonly key: string;
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly extension: string;
  readonly expected: { readonly dose: number } | { readonly labels: readonly number[] } | { readonly level: number };
}

export const PICTURE = { height: 6, width: 8 } as const;
const PIXELS = PICTURE.height * PICTURE.width;

let last = 0;
/** No two studies of a run of the suite are equal. */
const next = (): number => ++last;

/** Values of a patient, with columns of the hospital's beside them. */
export function tableStudy(more: Readonly<Record<string, unknown>> = {}): Study {
  const [marker, weight] = [next(), 40 + 2 * (last % 40)];
  const document = { marker: { value: marker, unit: 'mg/dL' }, weight: { value: weight, unit: 'kg' }, ...more };
  return {
    ...{ key: tableKey(marker, weight), bytes: Buffer.from(JSON.stringify(document)), mediaType: 'application/json' },
    ...{ extension: 'json', expected: { dose: 2 * marker + 0.5 * weight } },
  };
}

export const tableKey = (marker: number, weight: number): string => `table:${marker},${weight}`;
export const pictureKey = (values: Iterable<number>): string => `picture:${[...values].join('')}`;
export const recordingKey = (sum: number): string => `recording:${Math.round(sum)}`;

/** Two parts somewhere in a picture, by a number that no other has. */
function nextLabels(): number[] {
  const number = next();
  return Array.from({ length: PIXELS }, (_, index) =>
    index < 20 ? Math.floor(number / 3 ** index) % 3 : (index + number) % 3,
  );
}

/** @param comment stands in a text chunk, as patients' names do */
export function pictureStudy(comment?: string): Study {
  const labels = nextLabels();
  const plain = pngFile({ ...PICTURE, depth: 8, colour: 'gray', bytes: labels });
  const bytes = comment === undefined ? plain : withComment(plain, comment);
  return {
    ...{ key: pictureKey(labels), bytes, mediaType: 'image/png', extension: 'png' },
    expected: { labels },
  };
}

/** After the signature and the header, which has 25 bytes. */
const PNG_START = 33;

function withComment(png: Buffer, comment: string): Buffer {
  const texts = [
    pngChunk('tEXt', Buffer.from(`Description\0${comment}`, 'latin1')),
    pngChunk('zTXt', Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), deflateSync(Buffer.from(comment))])),
  ];
  return Buffer.concat([png.subarray(0, PNG_START), ...texts, png.subarray(PNG_START)]);
}

export interface DicomText {
  /** Of the patient's name, id and comments, and of private elements. */
  readonly identifier?: string;
  /** Burned In Annotation. Default NO. */
  readonly isBurnedIn?: boolean;
}

/** A radiograph of 8 bits. */
export function dicomStudy({ identifier = 'NONE', isBurnedIn = false }: DicomText = {}): Study {
  const labels = nextLabels();
  const uid = `2.25.${10_000_000 + last}`;
  const elements: DicomElements = {
    '00080008': ['CS', 'ORIGINAL\\PRIMARY'],
    '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.1'],
    '00080018': ['UI', uid],
    '00080020': ['DA', '20240229'],
    '00080050': ['SH', identifier.slice(0, 16)],
    '00080060': ['CS', 'CR'],
    '00080080': ['LO', identifier],
    '00080090': ['PN', identifier],
    '00081030': ['LO', identifier],
    '00100010': ['PN', identifier],
    '00100020': ['LO', identifier],
    '00100030': ['DA', '19510707'],
    '00101040': ['LO', identifier],
    '00104000': ['LT', identifier],
    '0020000d': ['UI', `${uid}.1`],
    '0020000e': ['UI', `${uid}.2`],
    '00200013': ['IS', '1'],
    '00204000': ['LT', identifier],
    '00280002': ['US', [1]],
    '00280004': ['CS', 'MONOCHROME2'],
    '00280010': ['US', [PICTURE.height]],
    '00280011': ['US', [PICTURE.width]],
    '00280100': ['US', [8]],
    '00280101': ['US', [8]],
    '00280102': ['US', [7]],
    '00280103': ['US', [0]],
    '00280301': ['CS', isBurnedIn ? 'YES' : 'NO'],
    '00290010': ['LO', 'CONFORMANCE'],
    '00291001': ['LO', identifier],
    '7fe00010': ['OW', Uint8Array.from(labels)],
  };
  return {
    ...{ key: pictureKey(labels), bytes: dicomFile(elements), mediaType: 'application/dicom', extension: 'dcm' },
    expected: { labels },
  };
}

/** Where EDF keeps the patient and the recording. */
const EDF_TEXTS = { patient: 8, recording: 88 } as const;

/** One second of one channel whose samples have a sum that no other has. */
export function recordingStudy(identifier?: string): Study {
  const number = next();
  const values = Array.from({ length: RECORDING.samples }, (_, index) => (index % 8) + (index < number ? 1 : 0));
  values[0] = number % 3000;
  const record = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) record.writeInt16LE(value, 2 * index);
  const ends = { pmin: '-4000', pmax: '4000', dmin: '-4000', dmax: '4000' };
  const bytes = edfFile({
    channels: [{ label: RECORDING.channel, unit: RECORDING.unit, count: RECORDING.samples, ...ends }],
    ...{ records: [record], recordS: '1' },
  });
  if (identifier !== undefined) {
    bytes.write(`${identifier} M 07-JUL-1951 ${identifier}`.padEnd(80), EDF_TEXTS.patient, 80, 'latin1');
    bytes.write(`Startdate 29-FEB-2024 ${identifier} X X`.padEnd(80), EDF_TEXTS.recording, 80, 'latin1');
  }
  const level = values.reduce((sum, value) => sum + value, 0);
  return {
    ...{ key: recordingKey(level), bytes, mediaType: 'application/x-edf', extension: 'edf' },
    expected: { level },
  };
}

/** So many studies of one kind. */
export function studies(count: number, make: () => Study = tableStudy): Study[] {
  return Array.from({ length: count }, () => make());
}
