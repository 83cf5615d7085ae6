import { rescale, windowLevel } from '@deephealth/native';
import { type DicomFrame, decodeDicom } from '../decoders/decode-dicom.js';
import { lookUpPalette } from '../decoders/dicom-palette.js';
import { DicomRefusal } from '../decoders/dicom-refusal.js';
import { readRescale } from '../decoders/modality-rescale.js';
import { paddedPositions, readPadding } from '../decoders/pixel-padding.js';
import { hasWindow, readWindow } from '../decoders/voi-window.js';
import type { Picture } from './picture.js';
import { toGrey } from './to-grey.js';

/**
 * One frame of a DICOM file as a reader at a screen sees it: rescaled, in its own first window or, without
 * one, between its percentiles, with MONOCHROME1 turned around; colour as it is.
 *
 * @throws DicomRefusal
 */
export async function dicomPicture(file: Uint8Array, frame: number, maxPixels: number): Promise<Picture> {
  const decoded = await decodeDicom(file, frame, { maxPixels });
  const { width, height } = decoded.size;
  if (decoded.photometric === 'PALETTE COLOR') return { width, height, channels: 3, data: lookUpPalette(decoded) };
  if (decoded.photometric === 'RGB') {
    if (decoded.pixels instanceof Uint8Array) return { width, height, channels: 3, data: decoded.pixels };
    throw new DicomRefusal('holds colour of more than 8 bits a sample');
  }
  const data = greyOf(decoded);
  if (decoded.photometric === 'MONOCHROME1') for (let i = 0; i < data.length; i++) data[i] = 255 - (data[i] as number);
  return { width, height, channels: 1, data };
}

function greyOf({ pixels, attributes, isSigned }: DicomFrame): Uint8Array {
  const { slope, intercept } = readRescale(attributes);
  const values = new Float32Array(pixels.length);
  rescale(pixels, slope, intercept, values);
  if (hasWindow(attributes)) {
    const shown = new Float32Array(values.length);
    windowLevel(values, { ...readWindow(attributes), minimum: 0, maximum: 255 }, shown);
    return Uint8Array.from(shown, Math.round);
  }
  const range = readPadding(attributes, isSigned);
  // Padding lies far outside what is seen, and would take most of the grey levels.
  for (const position of range === undefined ? [] : (paddedPositions(pixels, range) ?? [])) {
    values[position] = Number.NaN;
  }
  return toGrey(values);
}
