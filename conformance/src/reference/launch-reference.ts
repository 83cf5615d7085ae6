import { join } from 'node:path';
import { packageRoot } from '../package-root.js';
import { type LaunchedTarget, launchTarget } from '../targets/launched-target.js';

/** The reference in a process of its own, with one behaviour changed if a mutant is given. */
export function launchReference(store: string, mutant?: string): Promise<LaunchedTarget> {
  const changed = mutant === undefined ? [] : ['--mutant', mutant];
  return launchTarget([process.execPath, join(packageRoot, 'bin', 'reference.mjs'), ...changed], store);
}
