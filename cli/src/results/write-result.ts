import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { sourceOf } from './dicom/source-of.js';
import { findingRows, toCsv } from './finding-rows.js';
import { type GridFinding, onlyGridFinding } from './grid-finding.js';
import { readBackground, readNiftiInput } from './read-background.js';
import type { SentInput } from './sent-input.js';

/** Kinds of files that results are written as, by their extensions. */
const FORMATS = {
  '.nii': 'nifti',
  '.nii.gz': 'nifti',
  '.png': 'overlay',
  '.csv': 'csv',
  '.sc.dcm': 'capture',
  '.dcm': 'segmentation',
  '.json': 'json',
  '.edf': 'edf',
} as const;
type Format = (typeof FORMATS)[keyof typeof FORMATS];

/** How a file will be written. Throws DH_MEDIA_TYPE_UNSUPPORTED, before anything was asked of a server. */
export function resultFormat(path: string): Format {
  const file = basename(path);
  const found = Object.entries(FORMATS).find(([extension]) => file.toLowerCase().endsWith(extension));
  if (found !== undefined) return found[1];
  throw new DeepHealthError(
    'DH_MEDIA_TYPE_UNSUPPORTED',
    `"${file}" has an extension that is not written. Use ${Object.keys(FORMATS).join(', ')}.`,
    { details: { file } },
  );
}

/**
 * Writes what a model found:
 * - `.nii`, `.nii.gz`: the mask or map on the grid of the input;
 * - `.png`: the mask or map over the input;
 * - `.dcm`: the mask as a DICOM Segmentation of the DICOM images that were sent;
 * - `.sc.dcm`: what `.png` shows, as a DICOM Secondary Capture image in their study;
 * - `.edf`: events, as annotations of EDF+;
 * - `.csv`, `.json`: a row for each class, value, mask class and event.
 *
 * Throws DH_REQUEST_MALFORMED where the finding has no such form, and where the file cannot be written.
 */
export async function writeResult(
  path: string,
  response: runtimeV1.PredictResponse__Output,
  input: SentInput,
): Promise<void> {
  const file = basename(path);
  const content = await contentOf(path, response, input);
  try {
    await writeFile(path, content);
  } catch (cause) {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', `"${file}" cannot be written. Check the folder.`, {
      details: { file },
      cause,
    });
  }
}

async function contentOf(
  path: string,
  response: runtimeV1.PredictResponse__Output,
  input: SentInput,
): Promise<Buffer | string> {
  const file = basename(path);
  switch (resultFormat(path)) {
    case 'nifti': {
      const { niftiResult } = await import('./write-nifti-result.js');
      return niftiResult(onlyGridFinding(response, file), file, await readNiftiInput(input.path));
    }
    case 'overlay':
      return overlayOf(onlyGridFinding(response, file), input);
    case 'segmentation': {
      const { segmentationResult } = await import('./dicom/segmentation-result.js');
      const finding = onlyGridFinding(response, file);
      return segmentationResult(finding, provenanceOf(response), await sourceOf(input, finding, file), file);
    }
    case 'capture': {
      const { secondaryCaptureResult } = await import('./dicom/secondary-capture-result.js');
      const finding = onlyGridFinding(response, file);
      const source = await sourceOf(input, finding, file);
      return secondaryCaptureResult(await overlayOf(finding, input), provenanceOf(response), source, file);
    }
    case 'edf': {
      const { edfAnnotationsResult } = await import('./edf-annotations-result.js');
      return edfAnnotationsResult(response, file);
    }
    case 'csv':
      return toCsv(findingRows(response));
    case 'json':
      return `${JSON.stringify({ findings: findingRows(response), provenance: response.provenance, warnings: response.warnings }, null, 2)}\n`;
  }
}

async function overlayOf(finding: GridFinding, { path, frame }: SentInput): Promise<Buffer> {
  const { overlayResult } = await import('./overlay-result.js');
  return overlayResult(finding, await readBackground(path, frame, finding));
}

function provenanceOf({ provenance }: runtimeV1.PredictResponse__Output): runtimeV1.Provenance__Output {
  // [DH-R-019]: every result has one.
  if (provenance !== null) return provenance;
  throw new DeepHealthError('DH_INTERNAL', 'The server gave a result without provenance.');
}
