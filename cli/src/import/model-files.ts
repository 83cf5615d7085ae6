import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DeepHealthError, isPackagePath, type OnnxGraph, walkConstants } from '@deephealth/sdk';

/** A file of external weights beside a model. */
export interface ExternalFile {
  /** As the graph names it. */
  readonly file: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Throws DH_PACKAGE_FILE_MISSING. */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new DeepHealthError(
      'DH_PACKAGE_FILE_MISSING',
      `The model file "${basename(path)}" cannot be read. Check the path.`,
      { cause },
    );
  }
}

/** External data files beside the model; ones that are missing are left to the diagnosis. */
export async function findExternalFiles(graph: OnnxGraph, modelPath: string): Promise<ExternalFile[]> {
  const locations = new Set(
    [...walkConstants(graph)].flatMap((i) => (i.external === undefined ? [] : [i.external.location])),
  );
  const files: ExternalFile[] = [];
  for (const file of locations) {
    const path = join(dirname(modelPath), file);
    // A location that leaves the folder is the diagnosis' to refuse, not ours to read.
    if (!isPackagePath(file) || !existsSync(path)) continue;
    files.push({ file, path, sizeBytes: (await stat(path)).size, sha256: await digestOf(path) });
  }
  return files;
}

/** Files larger than this are not searched for NaN: they would have to be in memory. */
const LARGEST_SEARCHED_BYTES = 2 ** 30;

/** Content of the files by location, of those that fit into memory. */
export async function contentsOf(files: readonly ExternalFile[]): Promise<Map<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>();
  for (const { file, path, sizeBytes } of files) {
    if (sizeBytes <= LARGEST_SEARCHED_BYTES) contents.set(file, await readFile(path));
  }
  return contents;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
