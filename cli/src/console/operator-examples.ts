import { lstat, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** A file that the operator offers for a try. */
export interface OperatorExample {
  readonly id: string;
  readonly title: string;
  readonly fileName: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly path: string;
}

const MOST_FILES = 100;
const LARGEST_BYTES = 64 * 1024 * 1024;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.csv': 'text/csv; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.bmp': 'image/bmp',
  '.dcm': 'application/dicom',
  '.nii': 'application/x-nifti',
  '.gz': 'application/x-nifti',
  '.edf': 'application/edf',
  '.bdf': 'application/edf',
};

/**
 * Files of `<folder>/<model>/`, by their names. Links are left out, so that nothing beside the folder is shown; what
 * the console does not read is left out, too.
 */
export async function operatorExamples(folder: string | undefined, model: string): Promise<OperatorExample[]> {
  // Names of models in a store are names of folders; another one has none here.
  if (folder === undefined || !/^[a-z0-9][a-z0-9_-]*$/.test(model)) return [];
  const own = join(folder, model);
  const names = (await readdir(own).catch(() => [])).sort().slice(0, MOST_FILES);
  const examples: OperatorExample[] = [];
  for (const fileName of names) {
    const mediaType = MEDIA_TYPES[extname(fileName).toLowerCase()];
    const file = await lstat(join(own, fileName)).catch(() => undefined);
    if (mediaType === undefined || file?.isFile() !== true || file.size > LARGEST_BYTES) continue;
    const id = `file-${examples.length + 1}`;
    examples.push({ id, title: fileName, fileName, mediaType, sizeBytes: file.size, path: join(own, fileName) });
  }
  return examples;
}
