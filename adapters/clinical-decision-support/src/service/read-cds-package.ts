import { DeepHealthError, type Manifest, packageFileReader, readModelPackage } from '@deephealth/sdk';
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
  const read = await packageFileReader(folder, packageSha256);
  const text = async (file: string) => new TextDecoder().decode(await read(file));
  const binding = parseBinding(await text(BINDING_FILE), manifest);
  return { manifest, packageSha256, modelCard: await text(CARD_FILE), binding };
}
