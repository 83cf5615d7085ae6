import { type FrameFormat, JPEG_2000, JPEG_BASELINE, whyNotDecoded } from '../dicom/decode-frame.js';
import { type DicomJson, textOf, textsOf } from '../dicom/dicom-json.js';
import type { BodyPart } from './multipart-related.js';

const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
const related = (type: string, syntax: string) => `multipart/related; type="${type}"; transfer-syntax=${syntax}`;

const AS_JPEG = related('image/jpeg', JPEG_BASELINE);
const AS_JPEG_2000 = JPEG_2000.map((syntax) => related('image/jp2', syntax));
const AS_STORED = related('application/octet-stream', '*');
const AS_RAW = related('application/octet-stream', EXPLICIT_LITTLE);

/**
 * Values of Accept to ask for frames with, the likeliest first. The transfer syntax is always named: without
 * it, servers write the pixels anew in a lossless one of their choice.
 */
export function framesAccepts(dataset: DicomJson): readonly string[] {
  const stored = textsOf(dataset, '00083002');
  const methods = textsOf(dataset, '00282114');
  const photometric = textOf(dataset, '00280004');
  const isJpeg2000 =
    JPEG_2000.some((syntax) => stored.includes(syntax)) ||
    methods.includes('ISO_15444_1') ||
    ['YBR_ICT', 'YBR_RCT'].includes(photometric);
  const isJpeg =
    stored.includes(JPEG_BASELINE) || methods.includes('ISO_10918_1') || photometric.startsWith('YBR_FULL');
  if (isJpeg2000 && !isJpeg) return [...AS_JPEG_2000, AS_STORED, AS_RAW];
  if (isJpeg) return [AS_JPEG, AS_STORED, ...AS_JPEG_2000];
  return [AS_STORED, AS_RAW, AS_JPEG, ...AS_JPEG_2000];
}

/**
 * What a part holds: by the transfer syntax that it or the whole answer names, or else by its first bytes.
 * Undefined for what is not decoded here.
 */
export function formatOfPart(
  { contentType, bytes }: BodyPart,
  answerType: string,
  { photometric, isPlanar }: Pick<FrameFormat, 'photometric' | 'isPlanar'>,
): FrameFormat | undefined {
  const transferSyntax =
    statedSyntax(contentType) ?? syntaxByMagic(bytes) ?? statedSyntax(answerType) ?? EXPLICIT_LITTLE;
  const format = { transferSyntax, photometric, isPlanar };
  return whyNotDecoded(format) === undefined ? format : undefined;
}

function statedSyntax(contentType: string): string | undefined {
  return /transfer-syntax="?([0-9.]+)/i.exec(contentType)?.[1];
}

function syntaxByMagic(bytes: Uint8Array): string | undefined {
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 12)).toString('hex');
  if (magic.startsWith('ffd8ff')) return JPEG_BASELINE;
  return magic.startsWith('ff4fff51') || magic === '0000000c6a5020200d0a870a' ? JPEG_2000[1] : undefined;
}
