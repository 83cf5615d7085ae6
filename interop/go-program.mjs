// Builds programs written in Go into their own folders below .build/.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { peerFolder } from './peer-folder.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

// Many programs are installed on two cores, one after the other; a registry may be slow.
const INSTALL_LIMIT_MS = 600_000;
// A moment's work, but beside many installations and tests.
const ASK_LIMIT_MS = 120_000;

/** Modules and build results, which the programs share; only needed while they are built. */
const scratchFolder = (root) => peerFolder(root, 'go-scratch');

/** The last command of those that wait for each other. */
let last = Promise.resolve();

/**
 * Builds one program at a pinned version unless it is there already; gives its path. Throws why it
 * cannot, and Skipped where there is no Go.
 */
export async function installGoProgram(root, name, { module, version }) {
  const folder = join(peerFolder(root, name), version);
  const program = join(folder, basename(module) + (process.platform === 'win32' ? '.exe' : ''));
  if (existsSync(program)) return program;
  await runGo(root, ['install', `${module}@${version}`], { env: { GOBIN: folder } });
  return program;
}

/**
 * Runs one command of Go, with the programs' own caches, after those that were asked for before: at once, each would
 * compile the same standard library and the same gRPC. Throws why it fails, and Skipped where there is no Go.
 */
export function runGo(root, args, options = {}) {
  const run = () => runGoNow(root, args, options);
  const ended = last.then(run);
  last = ended.catch(() => undefined);
  return ended;
}

async function runGoNow(root, args, { cwd, env = {} }) {
  const settings = await runProcess('go', ['env', 'GOENV'], { limitMs: ASK_LIMIT_MS });
  if (settings.code !== 0)
    throw new Skipped(`it is built with Go, and "go env" failed: ${lastLines(settings.stderr, 1)}`);
  const scratch = scratchFolder(root);
  mkdirSync(join(scratch, 'tmp'), { recursive: true });
  const { code, stdout, stderr } = await runProcess('go', args, {
    limitMs: INSTALL_LIMIT_MS,
    cwd,
    env: {
      GOPATH: join(scratch, 'path'),
      GOMODCACHE: join(scratch, 'modules'),
      GOCACHE: join(scratch, 'cache'),
      GOTMPDIR: join(scratch, 'tmp'),
      // Go counts its own use below the configuration folder; its settings stay where they are.
      XDG_CONFIG_HOME: join(scratch, 'config'),
      GOENV: settings.stdout.trim(),
      GOFLAGS: `${process.env.GOFLAGS ?? ''} -modcacherw`.trim(),
      ...env,
    },
  });
  if (code !== 0) throw new Error(`"go ${args.join(' ')}" failed.\n${lastLines(stdout + stderr)}`);
}

/** More than a gigabyte that only a build needs. */
export function removeGoScratch(root) {
  rmSync(scratchFolder(root), { recursive: true, force: true });
}
