// What npm start and npm test do first, each only if needed: install, then build.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isBuilt } from './build-stamp.mjs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Runs a command with its output on stderr, so that stdout stays the program's own. */
function run(root, command, args, env = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    process.stderr.write(`\n"${command} ${args.join(' ')}" failed. The lines above say why.\n`);
    process.exit(result.status ?? 1);
  }
}

export function prepare(root) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    process.stderr.write(`Node ${process.versions.node} is too old: 20.19 or later is needed.\n`);
    process.exit(1);
  }
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, '.build', 'installed');
  const isInstalled =
    existsSync(join(root, 'node_modules')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;
  if (!isInstalled) {
    process.stderr.write('Installing packages (once; about a minute) ...\n');
    // Not `npm ci`: it refuses a lock file that lacks the binaries of platforms for which the registry
    // had none when it was written. With --no-save the lock file is followed and stays as it is.
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
    // onnxruntime-node's install script would fetch GPU libraries from outside the registry.
    run(root, npm, args, { ONNXRUNTIME_NODE_INSTALL: 'skip' });
    mkdirSync(join(root, '.build'), { recursive: true });
    writeFileSync(stamp, lock);
  }
  if (!isBuilt(root)) {
    process.stderr.write('Building ...\n');
    run(root, process.execPath, [join(root, 'scripts', 'build.mjs')]);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  prepare(dirname(dirname(fileURLToPath(import.meta.url))));
}
