import { realpath } from 'node:fs/promises';
import { DeepHealthError, type Manifest, packageFileReader, readModelPackage } from '@deephealth/sdk';
import { BINDING_FILE, bindingInvalid, parseBinding } from './parse-binding.js';
import type { ChainBinding } from './processing-chain-binding.js';

/** A model package with the chains that run it. */
export interface ChainPackage {
  /** Absolute. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly packageSha256: string;
  readonly chains: readonly ChainBinding[];
}

/**
 * Reads a package and checks all of it.
 *
 * @throws what readModelPackage throws, and DH_CHAIN_BINDING_INVALID
 */
export async function readChainPackage(path: string): Promise<ChainPackage> {
  const folder = await realpath(path).catch(() => path);
  const { manifest, packageSha256, fileSizes } = await readModelPackage(folder);
  if (!fileSizes.has(BINDING_FILE)) {
    throw bindingInvalid(
      `The package ${manifest.name} ${manifest.version} has no ${BINDING_FILE}, so no chain runs it.`,
      '/',
    );
  }
  const binding = await (await packageFileReader(folder, packageSha256))(BINDING_FILE);
  const { chains } = parseBinding(new TextDecoder('utf-8', { fatal: true }).decode(binding), manifest);
  return { folder, manifest, packageSha256, chains };
}

/** Id of a chain wherever it is named: "<model>/<version>/<label>". */
export function chainId({ name, version }: Pick<Manifest, 'name' | 'version'>, { label }: ChainBinding): string {
  return `${name}/${version}/${label}`;
}

/**
 * The chain of a label, or the only one.
 *
 * @throws DH_WORKFLOW_UNSUPPORTED naming the labels that there are
 */
export function chainOf({ manifest, chains }: ChainPackage, label: string | undefined): ChainBinding {
  const found = label === undefined && chains.length === 1 ? chains[0] : chains.find((one) => one.label === label);
  if (found !== undefined) return found;
  throw new DeepHealthError(
    'DH_WORKFLOW_UNSUPPORTED',
    `The package ${manifest.name} ${manifest.version} has the chains ${chains.map((one) => one.label).join(', ')}. Name one of them.`,
    { details: { field: 'chain' } },
  );
}
