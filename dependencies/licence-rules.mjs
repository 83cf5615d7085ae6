import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ path: string, name: string, version: string, licence: string | undefined, isDevelopment: boolean }} Installed
 * @typedef {{ package: string, licence: string, reason: string, textSha256?: string }} Exception
 * @typedef {{ shipped: string[], development: string[], exceptions: Exception[] }} Policy
 */

/**
 * Every package of a lock file that is not our own. What is only installed for development is never shipped.
 *
 * @returns {Installed[]}
 */
export function lockedPackages(lock) {
  return Object.entries(lock.packages).flatMap(([path, { version, license, dev, link }]) => {
    const at = path.lastIndexOf('node_modules/');
    if (at < 0 || link) return [];
    return [{ path, name: path.slice(at + 13), version, licence: license, isDevelopment: dev === true }];
  });
}

/**
 * What is wrong with the licences, a sentence for each package; and exceptions that no package needs any more.
 *
 * @param {Installed[]} packages
 * @param {Policy} policy
 * @param {(name: string) => string | undefined} textSha256 of the licence's text, of what is installed
 * @returns {string[]}
 */
export function licenceFaults(packages, policy, textSha256) {
  const used = new Set();
  const faults = packages.flatMap(({ name, version, licence, isDevelopment }) => {
    const allowed = new Set([...policy.shipped, ...(isDevelopment ? policy.development : [])]);
    if (licence !== undefined && isAllowed(licence, allowed)) return [];
    const exception = policy.exceptions.find((one) => matches(one.package, name) && one.licence === licence);
    const use = isDevelopment ? 'for development' : 'and shipped';
    if (exception === undefined)
      return [`${name} ${version}, installed ${use}, has the licence ${licence ?? 'of none'}`];
    used.add(exception);
    const found = exception.textSha256 && textSha256(name);
    if (found === undefined || found === exception.textSha256) return [];
    return [`${name} ${version} has another text of its licence than the one that was read`];
  });
  const unused = policy.exceptions.filter((one) => !used.has(one) || !one.reason);
  return [
    ...faults,
    ...unused.map((one) => `the exception for ${one.package} (${one.licence}) is needed by none, or has no reason`),
  ];
}

/** An SPDX expression of OR, AND and brackets: one side of OR is enough, AND wants both. */
export function isAllowed(expression, allowed) {
  const words = expression.match(/[()]|[^\s()]+/g) ?? [];
  let isWhole = true;
  const either = () => {
    let is = both();
    while (words[0] === 'OR') {
      words.shift();
      is = both() || is;
    }
    return is;
  };
  const both = () => {
    let is = one();
    while (words[0] === 'AND') {
      words.shift();
      is = one() && is;
    }
    return is;
  };
  const one = () => {
    if (words.length === 0 || /^(?:AND|OR|\))$/.test(words[0])) isWhole = false;
    if (words[0] !== '(') return allowed.has(words.shift());
    words.shift();
    const is = either();
    return words.shift() === ')' && is;
  };
  // What is left over, such as an exception behind WITH, was not understood.
  return either() && isWhole && words.length === 0;
}

/** Packages that want to run something while they are installed, which package.json does not forbid by name. */
export function unnamedInstallScripts(lock, allowScripts) {
  return Object.entries(lock.packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 13))
    .filter((name) => allowScripts[name] !== false);
}

/** By the root of an installation; undefined for a package that is not installed here. */
export function installedTextSha256(root) {
  return (name) => {
    const file = join(root, 'node_modules', name, 'LICENSE.md');
    return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : undefined;
  };
}

const matches = (pattern, name) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name);
