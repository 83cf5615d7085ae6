import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CHECKSUMS_FILE,
  DeepHealthError,
  type Manifest,
  parseChecksums,
  readModelPackage,
  sha256,
} from '@deephealth/sdk';
import type { CdsHooksBinding } from '../bindings/cds-hooks-binding.js';
import { BINDING_FILE, parseBinding } from '../bindings/parse-binding.js';

const CARD_FILE = 'MODEL_CARD.md';

/** What of a model package the service needs. */
export interface CdsPackage {
  readonly manifest: Manifest;
  readonly packageSha256: string;
  /** MODEL_CARD.md. */
  readonly modelCard: string;
  readonly binding: CdsHooksBinding;
}

/** Reads a package and checks all of it. Throws what readModelPackage throws, and DH_CDS_BINDING_INVALID. */
export async function readCdsPackage(folder: string): Promise<CdsPackage> {
  const { manifest, packageSha256, fileSizes } = await readModelPackage(folder);
  if (!fileSizes.has(BINDING_FILE)) {
    throw new DeepHealthError(
      'DH_CDS_BINDING_INVALID',
      `The package ${manifest.name} ${manifest.version} has no ${BINDING_FILE}, so nothing says what it is asked for.`,
      { details: { file: BINDING_FILE, model: manifest.name } },
    );
  }
  const sumsBytes = await readPackageFile(folder, CHECKSUMS_FILE);
  const sums = parseChecksums(new TextDecoder().decode(sumsBytes));
  const text = async (file: string) => {
    const bytes = await readPackageFile(folder, file);
    // The folder was checked a moment ago; what is used is what was checked.
    if (sha256(sumsBytes) !== packageSha256 || sha256(bytes) !== sums.get(file)) {
      throw new DeepHealthError('DH_FILE_DIGEST_MISMATCH', `"${file}" changed while the package was read.`, {
        details: { file },
      });
    }
    return new TextDecoder().decode(bytes);
  };
  const binding = parseBinding(await text(BINDING_FILE), manifest);
  return { manifest, packageSha256, modelCard: await text(CARD_FILE), binding };
}

async function readPackageFile(folder: string, file: string): Promise<Uint8Array> {
  return readFile(join(folder, file)).catch((cause) => {
    throw new DeepHealthError('DH_PACKAGE_FILE_MISSING', `"${file}" of the package cannot be read.`, {
      details: { file },
      cause,
    });
  });
}
