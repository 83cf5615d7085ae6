import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { METADATA_FILE } from '../crate/crate-entity.js';
import { NIFTI_MEDIA_TYPE, NPY_MEDIA_TYPE } from '../steps/encode-tensor.js';
import type { ArtefactRecord } from './run-record.js';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  geojson: 'application/geo+json',
  html: 'text/html',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  nii: NIFTI_MEDIA_TYPE,
  npy: NPY_MEDIA_TYPE,
  png: 'image/png',
  svg: 'image/svg+xml',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  cwl: 'application/cwl+json',
  zip: 'application/zip',
};
const MOST_ARTEFACTS = 1_000_000;

/**
 * Every file of a result with its size and digest, sorted by path.
 *
 * @throws DH_ARTEFACT_NOT_FOUND where there is no such folder; DH_RUN_STORE_INVALID for what is neither file nor
 * folder, such as a link, which may lead out of the result
 */
export async function listArtefacts(folder: string): Promise<ArtefactRecord[]> {
  const paths: string[] = [];
  const open = [''];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const entries = await readdir(join(folder, next), { withFileTypes: true }).catch((cause: unknown) => {
      throw new DeepHealthError('DH_ARTEFACT_NOT_FOUND', 'The result has no folder, or it cannot be read.', { cause });
    });
    for (const entry of entries) {
      const path = next === '' ? entry.name : `${next}/${entry.name}`;
      if (entry.isDirectory()) open.push(path);
      else if (entry.isFile()) paths.push(path);
      else
        throw new DeepHealthError('DH_RUN_STORE_INVALID', `The result holds what is no file: ${JSON.stringify(path)}.`);
      if (paths.length > MOST_ARTEFACTS) {
        throw new DeepHealthError('DH_RUN_STORE_INVALID', `The result has more than ${MOST_ARTEFACTS} files.`);
      }
    }
  }
  paths.sort((a, b) => (a < b ? -1 : 1));
  const artefacts: ArtefactRecord[] = [];
  for (const path of paths) artefacts.push(await artefactOf(folder, path));
  return artefacts;
}

async function artefactOf(folder: string, path: string): Promise<ArtefactRecord> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const part of createReadStream(join(folder, path)) as AsyncIterable<Buffer>) {
    hash.update(part);
    size += part.length;
  }
  return { path, mediaType: mediaTypeOf(path), size, sha256: hash.digest('hex') };
}

function mediaTypeOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === METADATA_FILE) return 'application/ld+json';
  if (!name.includes('.')) return name === 'SHA256SUMS' ? 'text/plain' : 'application/octet-stream';
  return MEDIA_TYPES[name.slice(name.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
}
