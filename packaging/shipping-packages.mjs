// Which packages ship: the workspaces that are not private, each after those that it depends on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** @returns {{ folder: string, name: string, version: string, manifest: object }[]} */
export function shippingPackages(root) {
  const all = read(root, 'package.json')
    .workspaces.map((folder) => ({ folder, manifest: read(root, folder, 'package.json') }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ folder, manifest }) => ({ folder, name: manifest.name, version: manifest.version, manifest }));
  const ordered = [];
  const add = (one) => {
    if (ordered.includes(one)) return;
    for (const other of all) if (Object.hasOwn(one.manifest.dependencies ?? {}, other.name)) add(other);
    ordered.push(one);
  };
  for (const one of all) add(one);
  return ordered;
}
