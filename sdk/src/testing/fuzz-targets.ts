import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `targets.json` says of a target. */
export interface FuzzTarget {
  readonly target: string;
  /** The file that gives it inputs, from the root of the repository. */
  readonly test: string;
  /** Which errors it may refuse with. */
  readonly refusals: string;
}

/** Undefined where there is no list. */
export function readTargets(folder: string): readonly FuzzTarget[] | undefined {
  const file = join(folder, 'targets.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as FuzzTarget[]) : undefined;
}

/** Throws for a target that the list, where there is one, does not name: nobody would know that it exists. */
export function requireListed(folder: string, parser: string): void {
  const targets = readTargets(folder);
  if (targets === undefined || targets.some(({ target }) => target === parser)) return;
  throw new Error(`${parser} is not listed in ${join(folder, 'targets.json')}`);
}
