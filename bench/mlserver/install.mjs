import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLines, runProcess } from '../../interop/run-process.mjs';
import { Skipped } from '../skipped.mjs';

const INSTALL_LIMIT_MS = 600_000;
const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url));
// git ignores .build.
const CACHE = fileURLToPath(new URL('../../.build/bench/mlserver', import.meta.url));

const python = process.env.PYTHON ?? 'python3';

/**
 * A virtual environment with MLServer, made once; gives its `bin` folder. Throws Skipped where it
 * cannot be made: no Python that MLServer runs on, or no package index in reach.
 */
export async function installMlserver(say) {
  const version = await run(python, ['--version'], `"${python}" does not run`);
  const wanted = createHash('sha256').update(version).update(readFileSync(REQUIREMENTS)).digest('hex');
  const stamp = join(CACHE, 'installed');
  const bin = join(CACHE, 'venv', process.platform === 'win32' ? 'Scripts' : 'bin');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(bin)) return bin;
  say('installing MLServer (once; about a minute) ...');
  rmSync(CACHE, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  await run(python, ['-m', 'venv', join(CACHE, 'venv')], 'Python has no venv module');
  const quietly = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-cache-dir'];
  const pip = ['-m', 'pip', 'install', ...quietly, '--only-binary=:all:', '-r', REQUIREMENTS];
  await run(join(bin, 'python'), pip, 'pip cannot install MLServer from the package index that it is set up for');
  writeFileSync(stamp, wanted);
  return bin;
}

async function run(command, args, why) {
  const { code, stdout, stderr } = await runProcess(command, args, { limitMs: INSTALL_LIMIT_MS });
  if (code !== 0) throw new Skipped(`${why}: ${lastLines(stderr, 1) || `exit code ${code}`}`);
  return stdout.trim();
}
