import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DeepHealthError } from '../errors/deephealth-error.js';

/**
 * The DICOM files of a folder, whatever their names; files of other kinds, such as DICOMDIR's neighbours
 * or a README, are left out. Subfolders are not entered.
 *
 * Throws DH_REQUEST_MALFORMED for a folder without any, and what reading throws.
 */
export async function readDicomFolder(path: string): Promise<Buffer[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const files: Buffer[] = [];
  for (const name of entries.filter((entry) => entry.isFile()).map((entry) => entry.name)) {
    if (name.toUpperCase() === 'DICOMDIR') continue;
    const bytes = await readFile(join(path, name));
    if (bytes.toString('latin1', 128, 132) === 'DICM') files.push(bytes);
  }
  if (files.length > 0) return files;
  const file = basename(path);
  throw new DeepHealthError('DH_REQUEST_MALFORMED', `The folder "${file}" holds no DICOM file.`, { details: { file } });
}
