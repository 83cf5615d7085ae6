// The oldest GNU C library that what was linked runs with, by the versions of the symbols that it asks for.
import { execFileSync } from 'node:child_process';

/**
 * @param {string[]} files programs and shared libraries
 * @returns {string} such as "2.34"; throws where one asks for another library's symbols of a version, such as those of
 *   libstdc++, which differ between distributions; those of libgcc that are asked for are as old as the platform
 */
export function glibcFloor(files) {
  const versions = files.flatMap((file) => neededVersions(execFileSync('objdump', ['-T', file], { encoding: 'utf8' })));
  const foreign = versions.find(({ library }) => library !== 'GLIBC' && library !== 'GCC');
  if (foreign !== undefined) throw new Error(`it asks for ${foreign.library}_${foreign.version}`);
  const ofGlibc = versions.filter(({ library }) => library === 'GLIBC');
  return ofGlibc.map(({ version }) => version).reduce((oldest, one) => (isNewer(one, oldest) ? one : oldest));
}

/** The versions in the table of dynamic symbols, as `objdump -T` prints it. */
export function neededVersions(table) {
  return [...table.matchAll(/\*UND\*.*?\(?\b([A-Z]+)_([0-9.]+)\)?/g)].map(([, library, version]) => {
    return { library, version };
  });
}

/** Whether a version such as "2.34" is newer than another. */
export function isNewer(version, other) {
  const [major, minor] = version.split('.').map(Number);
  const [otherMajor, otherMinor] = other.split('.').map(Number);
  return major > otherMajor || (major === otherMajor && (minor ?? 0) > (otherMinor ?? 0));
}
