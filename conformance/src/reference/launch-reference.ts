import { join } from 'node:path';
import { packageRoot } from '../package-root.js';
import { type LaunchedTarget, launchTarget } from '../targets/launched-target.js';

/** A heap that is swept early, so that memory is measured after few requests. */
const NODE_OPTIONS = ['--max-old-space-size=64', '--max-semi-space-size=1'];

/** The reference in a process of its own, with one behaviour changed if a mutant is given. */
export function launchReference(store: string, mutant?: string): Promise<LaunchedTarget> {
  const changed = mutant === undefined ? [] : ['--mutant', mutant];
  return launchTarget(
    [process.execPath, ...NODE_OPTIONS, join(packageRoot, 'bin', 'reference.mjs'), ...changed],
    store,
  );
}
