// Packs every package that ships, and unpacks it again to be looked at.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildAddon } from '../native/build-addon.mjs';
import { shippingPackages } from './shipping-packages.mjs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/**
 * Packs what was built into `output`, with the addon for machines like this one where there is a compiler.
 *
 * @returns {Promise<{ packages: { folder: string, name: string, version: string, file: string, sizeBytes: number,
 *   unpackedBytes: number, fileCount: number }[], addon: string }>} `addon` says in a few words what came of it
 */
export async function packPackages(root, output) {
  const { outcome, detail } = await buildAddon({ isPortable: true });
  if (outcome === 'failed') throw new Error(`the addon: ${detail}`);
  mkdirSync(output, { recursive: true });
  const shipping = shippingPackages(root);
  const chosen = shipping.flatMap(({ folder }) => ['-w', folder]);
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', output, ...chosen];
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, shell: process.platform === 'win32' };
  const answer = JSON.parse(execFileSync(npm, args, options));
  // A list, or by name in a newer npm.
  const packed = new Map(Object.values(answer).map((one) => [one.name, one]));
  const packages = shipping.map(({ folder, name, version }) => {
    const { filename, size, unpackedSize, entryCount } = packed.get(name);
    return {
      folder,
      name,
      version,
      file: filename,
      sizeBytes: size,
      unpackedBytes: unpackedSize,
      fileCount: entryCount,
    };
  });
  return { packages, addon: outcome === 'no compiler' ? `left out: ${detail}` : 'made' };
}

/** The files of a packed package by their path in it; unpacks them below `folder`. */
export function unpackPackage(tarball, folder) {
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', folder]);
  const unpacked = join(folder, 'package');
  return new Map(
    readdirSync(unpacked, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(unpacked.length + 1).replaceAll('\\', '/'), readFileSync(path)]),
  );
}
