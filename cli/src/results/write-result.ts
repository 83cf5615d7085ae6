import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { findingRows, toCsv } from './finding-rows.js';
import { onlyGridFinding } from './grid-finding.js';
import { readBackground, readNiftiInput } from './read-background.js';

/** Kinds of files that results are written as, by their extensions. */
const FORMATS = {
  '.nii': 'nifti',
  '.nii.gz': 'nifti',
  '.png': 'overlay',
  '.csv': 'csv',
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

/** What was sent, for results that are written over it. */
export interface SentInput {
  /** File, or folder of a DICOM series. */
  readonly path: string;
  /** Frame or page, from 0. */
  readonly frame: number;
}

/**
 * Writes what a model found:
 * - `.nii`, `.nii.gz`: the mask or map on the grid of the input;
 * - `.png`: the mask or map over the input;
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
    case 'overlay': {
      const { overlayResult } = await import('./overlay-result.js');
      const finding = onlyGridFinding(response, file);
      return overlayResult(finding, await readBackground(input.path, input.frame, finding));
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
