// Builds in a copy of a folder below .build/, and only where something it is built of has changed.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a build leaves in a folder, where somebody has built it by hand. */
const BUILT = new Set(['generated', 'build', 'target', '__pycache__', 'node_modules']);

/**
 * Calls `build(folder)` on a copy of `source` in `folder`, unless one of the very same files, and of those below
 * `dependsOn`, was built there; gives the folder.
 */
export async function builtCopy({ source, folder, dependsOn = [] }, build) {
  const wanted = digestOf([source, ...dependsOn].flatMap(filesIn));
  const stamp = join(folder, 'built');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(source)) {
    if (!BUILT.has(entry)) cpSync(join(source, entry), join(folder, entry), { recursive: true, filter: isSource });
  }
  await build(folder);
  writeFileSync(stamp, wanted);
  return folder;
}

const isSource = (path) => ![...BUILT].some((part) => path.split(/[\\/]/).at(-1) === part);

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (BUILT.has(entry.name)) return [];
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

function digestOf(files) {
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(`${file}\n`).update(readFileSync(file));
  return hash.digest('hex');
}
