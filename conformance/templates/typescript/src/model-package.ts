import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { precondition } from './refusal.js';

/** A folder <name>/<version>/ whose every file was read and is what SHA256SUMS states. */
export interface ModelPackage {
  readonly manifest: Manifest;
  readonly manifestJson: string;
  /** SHA-256 of SHA256SUMS: names the package in every result. */
  readonly sha256: string;
}

/** What this runtime reads of model.json. */
interface Manifest {
  readonly title: string;
  readonly intendedUse: string;
  readonly limitations: readonly string[];
  readonly license: string;
  readonly researchUseOnly: boolean;
  readonly onnx: { readonly sha256: string };
}

/** Rejects with a Refusal for what cannot be read or is not as stated. */
export async function readPackage(folder: string): Promise<ModelPackage> {
  const sums = await read(folder, 'SHA256SUMS');
  let manifestJson = '';
  for (const line of sums.toString().trimEnd().split('\n')) {
    const [expected, name] = [line.slice(0, 64), line.slice(66)];
    const content = await read(folder, name);
    if (digest(content) !== expected) {
      throw precondition('FILE_DIGEST_MISMATCH', 'A file is not the one that SHA256SUMS states.', { file: name });
    }
    if (name === 'model.json') manifestJson = content.toString();
  }
  return { manifest: JSON.parse(manifestJson) as Manifest, manifestJson, sha256: digest(sums) };
}

async function read(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch {
    // The error itself holds the path, which is nobody's business.
    throw precondition('PACKAGE_FILE_MISSING', 'A file of the package cannot be read.', { file: name });
  }
}

function digest(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
