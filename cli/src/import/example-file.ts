import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { DeepHealthError, FileRefusal, readDicomFolder } from '@deephealth/sdk';

/**
 * The files of an example: the file, or the DICOM files of a folder.
 *
 * @throws DH_CONFIG_INVALID where nothing can be read
 */
export async function readExample(path: string): Promise<Buffer[]> {
  try {
    return (await stat(path)).isDirectory() ? await readDicomFolder(path) : [await readFile(path)];
  } catch (cause) {
    if (cause instanceof DeepHealthError) throw cause;
    throw exampleInvalid(path, 'cannot be read. Check the path', cause);
  }
}

/** Runs what reads an example; a refusal of the file becomes one of the option that names it. */
export async function readingExample<T>(path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof FileRefusal) throw exampleInvalid(path, thrown.message, thrown);
    throw thrown;
  }
}

export function exampleInvalid(path: string, why: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `The example "${basename(path)}" of --like ${why}.`, { cause });
}
