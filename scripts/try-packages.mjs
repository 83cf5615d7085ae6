// Packs what ships, installs it into an empty project and uses it there: the command, and one request through the face
// of each platform. With a folder that `npm run pack` wrote, its packages are tried as they are.
//   node scripts/try-packages.mjs [folder]
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NotInstalled, tryPackages } from '../packaging/try-packages.mjs';
import { prepare } from './prepare.mjs';

const SKIPPED = 3;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [given] = process.argv.slice(2);
const folder = given === undefined ? mkdtempSync(join(tmpdir(), 'deephealth-pack-')) : resolve(given);
try {
  if (given === undefined) {
    prepare(root);
    const { packPackages } = await import('../packaging/pack-packages.mjs');
    await packPackages(root, folder);
  }
  const tarballs = readdirSync(folder).filter((name) => /^deephealth-.*\.tgz$/.test(name) && !name.includes('-docs-'));
  const checks = await tryPackages(
    root,
    tarballs.map((name) => join(folder, name)),
  );
  const failed = checks.filter(({ failure }) => failure !== undefined);
  for (const { check, failure } of checks)
    process.stdout.write(failure === undefined ? `ok      ${check}\n` : `FAILED  ${check}: ${failure}\n`);
  process.stdout.write(`${checks.length - failed.length} passed, ${failed.length} failed, 0 skipped\n`);
  process.exitCode = failed.length > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof NotInstalled)) throw error;
  process.stdout.write(`SKIPPED: the packages of others cannot be installed here: ${error.message}\n`);
  process.exitCode = SKIPPED;
} finally {
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}
