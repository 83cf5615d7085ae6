import { existsSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  DeepHealthError,
  type DistributionSpec,
  type Manifest,
  readModelPackage,
  SIGNATURE_FILE,
  writeChecksums,
} from '@deephealth/sdk';
import { assertPackageName } from '../import/package-name.js';

/** Where the limits of a package go; what cannot be done is refused before anything is measured. */
export interface LimitsTarget {
  /** Name and version, for people. */
  readonly reference: string;
  /** Writes the limits of the named inputs. */
  write(limits: ReadonlyMap<string, DistributionSpec>): Promise<void>;
}

/**
 * The manifest of a draft, which nobody serves yet.
 *
 * @throws DH_CONFIG_INVALID for a package without a draft: it was written once
 */
export function draftTarget(folder: string, { name, version, draft = [] }: Manifest): LimitsTarget {
  if (draft.length === 0) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      'The package is no draft, and a package is written once. Name the version that the limits go into: --new-version 1.1.0.',
    );
  }
  return { reference: `${name}/${version}`, write: (limits) => writeManifest(folder, limits, {}) };
}

/**
 * A new version beside the package: a copy with the limits. The files of the old one are held against its
 * SHA256SUMS first, so that no change slips into a version with sums of its own. A signature is not copied: it
 * is of other sums.
 *
 * @throws DH_CONFIG_INVALID for a version that is none, or is there already; what a package is refused with
 */
export async function newVersionTarget(folder: string, { name }: Manifest, version: string): Promise<LimitsTarget> {
  assertPackageName(name, version);
  const target = join(dirname(resolve(folder)), version);
  if (existsSync(target)) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      `The version ${version} is there already. Choose another --new-version.`,
    );
  }
  await readModelPackage(folder);
  return {
    reference: `${name}/${version}`,
    async write(limits) {
      try {
        await cp(folder, target, {
          recursive: true,
          errorOnExist: true,
          filter: (path) => basename(path) !== SIGNATURE_FILE,
        });
        await writeManifest(target, limits, { version });
      } catch (thrown) {
        // Half a package would be found and refused by a server that watches the folder.
        await rm(target, { recursive: true, force: true });
        throw thrown;
      }
    },
  };
}

async function writeManifest(
  folder: string,
  limits: ReadonlyMap<string, DistributionSpec>,
  changes: Pick<Partial<Manifest>, 'version'>,
): Promise<void> {
  const path = join(folder, 'model.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest;
  const inputs = manifest.inputs.map((input) => {
    const distribution = limits.get(input.name);
    return distribution === undefined ? input : { ...input, distribution };
  });
  await writeFile(path, `${JSON.stringify({ ...manifest, ...changes, inputs }, null, 2)}\n`);
  await writeChecksums(folder);
}
