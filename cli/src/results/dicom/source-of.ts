import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { DicomSource } from '@deephealth/runtime';
import { DeepHealthError, gridAffine, readDicomFolder, sniffMediaType } from '@deephealth/sdk';
import type { GridFinding } from '../grid-finding.js';
import type { SentInput } from '../sent-input.js';
import { COPIED_TAGS } from './source-modules.js';

/** What the first slice and the finding may lie apart, in mm: grids are rounded on their way. */
const TOLERANCE_MM = 1e-3;

/**
 * The DICOM images that a finding lies on, slice by slice.
 *
 * @throws DH_REQUEST_MALFORMED for another input than DICOM, and where the finding lies elsewhere;
 * DH_MEDIA_UNREADABLE, DH_SERIES_INVALID
 */
export async function sourceOf({ path, frame }: SentInput, finding: GridFinding, file: string): Promise<DicomSource> {
  const refuse = (why: string) =>
    new DeepHealthError('DH_REQUEST_MALFORMED', `"${file}" cannot be written: ${why}.`, { details: { file } });
  const files = (await stat(path)).isDirectory() ? await readDicomFolder(path) : [await readFile(path)];
  if (sniffMediaType(files[0] as Buffer) !== 'application/dicom') {
    throw refuse(`"${basename(path)}" is no DICOM image, whose patient and study it would belong to`);
  }
  const { readDicomSource } = await import('@deephealth/runtime');
  const place = gridAffine(finding.grid);
  const source = await readDicomSource(
    files,
    place === undefined ? { frame } : { maxVoxels: finding.values.length },
    COPIED_TAGS,
  );
  if (place === undefined) return source;
  const first = (source.frames[0]?.plane?.position ?? '').split('\\').map(Number);
  const isSame = [3, 7, 11].every(
    (at, axis) => Math.abs((place[at] as number) - (first[axis] as number)) < TOLERANCE_MM,
  );
  if (isSame) return source;
  throw refuse('the finding does not lie where the input does');
}
