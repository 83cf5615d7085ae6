// Tells whether the built files belong to the present sources, so that commands build only if needed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const INPUTS = [
  'proto',
  'sdk',
  'native',
  'runtime',
  'conformance',
  'console',
  'adapters/clinical-decision-support',
  'adapters/digital-pathology',
  'adapters/expressif',
  'adapters/piaf',
  'cli',
  'samples',
];
const EXTENSIONS = /\.(tsx?|proto|json|yaml|mjs|cc|h|css|html|svg)$/;
const SKIP = new Set(['node_modules', 'dist', 'build', 'prebuilds', 'generated', '.build', 'test', 'fixtures']);
/** Nothing is built from them. */
const SKIP_PATHS = /[\\/]samples[\\/](?:models|inputs)$/;

function* sources(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (SKIP.has(entry.name) || SKIP_PATHS.test(path)) continue;
    if (entry.isDirectory()) yield* sources(path);
    else if (EXTENSIONS.test(entry.name) && !entry.name.endsWith('.test.ts')) yield path;
  }
}

function digest(root) {
  const hash = createHash('sha256');
  const files = INPUTS.flatMap((dir) => [...sources(join(root, dir))]);
  for (const name of [
    'tsup.config.ts',
    'tsconfig.base.json',
    'tsconfig.json',
    'package-lock.json',
    'scripts/build.mjs',
    'scripts/generate-cases.mjs',
    'scripts/generate-validators.mjs',
  ])
    files.push(join(root, name));
  for (const file of files.sort()) hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest('hex');
}

const stampFile = (root) => join(root, '.build', 'stamp');

export function isBuilt(root) {
  const hasOutput = INPUTS.every((name) => existsSync(join(root, name, 'dist')));
  return hasOutput && existsSync(stampFile(root)) && readFileSync(stampFile(root), 'utf8') === digest(root);
}

export function writeBuildStamp(root) {
  mkdirSync(join(root, '.build'), { recursive: true });
  writeFileSync(stampFile(root), digest(root));
}
