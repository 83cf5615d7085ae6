// What is built into the page of the console. npm knows these packages as tools of development, yet their code ships.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockedPackages } from './licence-rules.mjs';

const PLACE = 'console/dist/app';

/**
 * Packages that the page was built from, by the list of licences that the build writes beside it.
 *
 * @param {string} root
 * @returns {{ name: string, version: string }[]}
 * @throws {Error} while the page is not built, and for a list that names nothing
 */
export function bundledPackages(root) {
  const file = join(root, PLACE, 'licences.md');
  if (!existsSync(file)) throw new Error('The page of the console is not built, and what is in it not known.');
  const found = [...readFileSync(file, 'utf8').matchAll(/^## (\S+) - (\d\S*) \(.+\)$/gm)];
  if (found.length === 0) throw new Error('The licences beside the page of the console name no package.');
  return found.map(([, name, version]) => ({ name, version }));
}

/**
 * The packages of a lock file, those that are built into the page as shipped ones.
 *
 * @param {import('./licence-rules.mjs').Installed[]} packages
 * @param {{ name: string, version: string }[]} bundled
 * @returns {import('./licence-rules.mjs').Installed[]}
 * @throws {Error} for one that the lock file does not have: the page was built from something else
 */
export function withBundled(packages, bundled) {
  const names = new Set(bundled.map(keyOf));
  const result = packages.map((one) => (names.has(keyOf(one)) ? { ...one, isDevelopment: false } : one));
  const known = new Set(packages.map(keyOf));
  const strange = [...names].filter((one) => !known.has(one));
  if (strange.length > 0) throw new Error(`The page is built from ${strange.join(', ')}, which is not locked.`);
  return result;
}

/** Components for the bill of materials, each with the digest that the lock file has of its archive. */
export function pageParts(root, lock) {
  const bundled = new Set(bundledPackages(root).map(keyOf));
  const packages = withBundled(lockedPackages(lock), bundledPackages(root));
  const parts = new Map();
  for (const one of packages) if (bundled.has(keyOf(one)) && !parts.has(keyOf(one))) parts.set(keyOf(one), one);
  return [...parts.values()].map(({ path, name, version, licence }) => {
    const [, group, rest] = /^(?:(@[^/]+)\/)?(.+)$/.exec(name);
    const sha512 = /^sha512-(\S+)$/.exec(lock.packages[path].integrity ?? '')?.[1];
    return {
      ...{ type: 'library', ...(group && { group }), name: rest, version, 'bom-ref': `page/${name}@${version}` },
      ...(sha512 && { hashes: [{ alg: 'SHA-512', content: Buffer.from(sha512, 'base64').toString('hex') }] }),
      licenses: [{ license: { id: licence } }],
      purl: `pkg:npm/${group ? `${encodeURIComponent(group)}/` : ''}${rest}@${version}`,
      properties: [{ name: 'deephealth:path', value: `${PLACE}/assets` }],
    };
  });
}

const keyOf = ({ name, version }) => `${name} ${version}`;
