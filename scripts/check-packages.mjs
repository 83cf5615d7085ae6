// npm run check:packages: packs what ships and asks are-the-types-wrong how a TypeScript project would see each package.
// What needs seconds only, publint among it, is part of npm test (test/packages.test.ts).
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from './prepare.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
prepare(root);
const { packPackages } = await import('../packaging/pack-packages.mjs');
const folder = mkdtempSync(join(tmpdir(), 'deephealth-types-'));
let failed = 0;
try {
  const { packages } = await packPackages(root, folder);
  for (const { name, file } of packages) {
    const { code, output } = await checkTypes(join(folder, file));
    if (code !== 0) failed += 1;
    process.stdout.write(code === 0 ? `ok      ${name}\n` : `FAILED  ${name}\n${output}\n`);
  }
  process.stdout.write(`${packages.length - failed} passed, ${failed} failed, 0 skipped\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;

/** The packages are modules: what a CommonJS project or the resolution of Node 10 makes of them is not asked. */
function checkTypes(tarball) {
  const program = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  const args = [program, tarball, '--profile', 'esm-only', '--no-color', '--no-emoji', '--format', 'ascii'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}
