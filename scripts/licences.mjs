// npm run licences: the licence of every package of package-lock.json against dependencies/licences.json, those that
// are built into the page of the console as shipped ones, and what wants to run during installation against
// package.json. No network; after a build. Part of npm test by test/dependencies.test.ts.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  installedTextSha256,
  licenceFaults,
  lockedPackages,
  unnamedInstallScripts,
} from '../dependencies/licence-rules.mjs';
import { bundledPackages, withBundled } from '../dependencies/page-parts.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
const lock = read('package-lock.json');
const packages = withBundled(lockedPackages(lock), bundledPackages(root));
const faults = [
  ...licenceFaults(packages, read('dependencies', 'licences.json'), installedTextSha256(root)),
  ...unnamedInstallScripts(lock, read('package.json').allowScripts).map(
    (name) => `${name} has an install script, which "allowScripts" of package.json does not forbid`,
  ),
];
for (const fault of faults) process.stdout.write(`FAILED ${fault}\n`);
const count = (isDevelopment, kind) => {
  const licences = new Map();
  for (const one of packages) {
    if (one.isDevelopment !== isDevelopment) continue;
    licences.set(one.licence, (licences.get(one.licence) ?? 0) + 1);
  }
  const all = [...licences].sort((left, right) => right[1] - left[1]).map(([licence, times]) => `${licence} ${times}`);
  process.stdout.write(`${kind}: ${all.join(' · ')}\n`);
};
count(false, 'shipped');
count(true, 'for development');
process.exitCode = faults.length > 0 ? 1 : 0;
