import { readFileSync } from 'node:fs';

/** From the root of the package; made while it is packed, and absent in the repository. */
export const PREBUILT_FOLDER = `prebuilds/${process.platform}-${process.arch}`;

/** Relative to lib/ in the sources and to dist/ in the build alike. */
export const PREBUILT_ADDON = `../${PREBUILT_FOLDER}/deephealth.node`;

interface Needs {
  /** The oldest GNU C library that has what the addon asks for, such as "2.34". */
  readonly glibc: string;
}

/**
 * What a person can do something about where the addon that came with the package does not load: the linker's own
 * message names a symbol. Undefined where that message is all that there is to say.
 */
export function whyPrebuiltFails(): string | undefined {
  const needs = readNeeds();
  if (needs === undefined) return `this package brings no addon for ${process.platform}-${process.arch}`;
  const present = glibcVersion();
  if (present === undefined) return `it needs the GNU C library, and this Node is linked to another one`;
  return isOlder(present, needs.glibc)
    ? `it needs version ${needs.glibc} of the GNU C library, and here is ${present}`
    : undefined;
}

function readNeeds(): Needs | undefined {
  try {
    return JSON.parse(readFileSync(new URL(`../${PREBUILT_FOLDER}/needs.json`, import.meta.url), 'utf8')) as Needs;
  } catch {
    return undefined;
  }
}

function glibcVersion(): string | undefined {
  const { report } = process as { report?: NodeJS.ProcessReport & { excludeNetwork?: boolean } };
  if (report === undefined) return undefined;
  // Names of peers would be asked of a server, which may take seconds.
  report.excludeNetwork = true;
  const { header } = report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime;
}

/** Whether a version such as "2.31" is older than another. */
export function isOlder(version: string, other: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}
