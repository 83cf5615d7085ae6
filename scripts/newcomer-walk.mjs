// npm run walk: a fresh clone in a temporary folder, in which the commands of README.md are run as a newcomer runs
// them, one after the other, and nothing else. Writes docs/newcomer-walk.md; ends with 1 if a command fails.
//   -- --check   compares with docs/newcomer-walk.md instead of writing it
//   -- --built   takes what is installed and built from this folder, where the clone of its last commit would take long
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isBuilt } from './build-stamp.mjs';
import { normalise } from './docs/compare-output.mjs';
import { lay } from './docs/place.mjs';
import { blocksOf } from './docs/read-blocks.mjs';
import { renderWalk } from './docs/render-walk.mjs';
import { parseShellBlock } from './docs/shell-block.mjs';

const COMMAND_LIMIT_MS = 30 * 60_000;
/** Commands that stay, and what they print once a second terminal may be opened. */
const STAYS = [
  { command: /^npm start$/, ready: /^Ctrl-C stops\.$/m },
  { command: /deephealth serve\b/, ready: /^Ready on .*$/m },
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), 'deephealth-walk-'));
const clone = join(scratch, 'deephealth-sdk');
const steps = [];
let staying;
try {
  await walk();
} finally {
  await stopStaying();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
}
const failed = steps.filter(({ status }) => status !== 0);
finish();

async function walk() {
  const cloned = spawnSync('git', ['clone', '--quiet', '--no-hardlinks', root, clone], { encoding: 'utf8' });
  if (cloned.status !== 0) throw new Error(`git could not clone: ${cloned.stderr}`);
  if (process.argv.includes('--built')) takeBuilt();
  const markdown = readFileSync(join(clone, 'README.md'), 'utf8');
  for (const { mark, text } of blocksOf('README.md', markdown)) {
    if (mark?.kind !== 'run') continue;
    const lacking = lay(clone, clone, { with: mark.options.with ?? '' });
    if (lacking !== undefined) throw new Error(`This machine lacks ${lacking}.`);
    for (const { command } of parseShellBlock(text)) {
      process.stderr.write(`$ ${command}\n`);
      const started = Date.now();
      const step = await take(command);
      steps.push({ ...step, brought: mark.options.with, command });
      process.stderr.write(`  exit ${step.status}, ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
      // What comes after would fail for this reason only.
      if (step.status !== 0) {
        process.stderr.write(`${step.printed}\n`);
        return;
      }
    }
  }
}

/** All that git ignores here; what the last commit does not hold must not have changed it. */
function takeBuilt() {
  const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 }).stdout;
  if (!isBuilt(root)) throw new Error('This folder is not built: run "npm run build".');
  const ignored = git('ls-files', '--others', '--ignored', '--exclude-standard', '--directory').split('\n');
  for (const path of ignored.filter((line) => line !== '')) {
    // npm's links between packages are relative, and lead into the clone.
    cpSync(join(root, path), join(clone, path), { recursive: true, verbatimSymlinks: true });
  }
}

async function take(command) {
  const rule = STAYS.find((one) => one.command.test(command));
  if (rule === undefined) {
    const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
      ...{ cwd: clone, encoding: 'utf8', timeout: COMMAND_LIMIT_MS, maxBuffer: 1 << 28 },
      env: environment(),
    });
    return { status: status ?? 1, printed: stderr + stdout };
  }
  // One terminal for what stays: Ctrl-C, then the next.
  await stopStaying();
  const child = spawn('bash', ['-c', `exec ${command}`], {
    ...{ cwd: clone, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: environment() },
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (printed += text));
  const ended = new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  staying = { child, ended };
  const deadline = Date.now() + COMMAND_LIMIT_MS;
  let status;
  ended.then((code) => (status = code));
  while (status === undefined && !rule.ready.test(printed) && Date.now() < deadline) await delay(100);
  return { status: rule.ready.test(printed) ? 0 : (status ?? 1), printed, stays: true };
}

async function stopStaying() {
  if (staying === undefined) return;
  const { child, ended } = staying;
  staying = undefined;
  // As a terminal does, to the group that this process started; the group is gone if all of it has ended.
  if (child.exitCode === null) process.kill(-child.pid, 'SIGINT');
  await Promise.race([ended, delay(30_000)]);
  if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
}

/** Settings of the operator are none of a newcomer's; npm's own, as of this run, neither. */
function environment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_(?!config_)|DEEPHEALTH_|NODE_OPTIONS)/.test(name),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1' };
}

function finish() {
  const page = join(root, 'docs', 'newcomer-walk.md');
  const text = renderWalk(
    steps.map((step) => ({ ...step, printed: normalise(step.printed.replaceAll(scratch, '<folder>')) })),
    process.argv.includes('--built'),
  );
  if (failed.length > 0) process.stderr.write(`Failed: ${failed.map(({ command }) => command).join(', ')}\n`);
  else if (!process.argv.includes('--check')) writeFileSync(page, text);
  else if (readFileSync(page, 'utf8') !== text) {
    process.stderr.write('docs/newcomer-walk.md is not what this walk met: run it without --check, and look.\n');
    process.exitCode = 1;
  }
  if (failed.length > 0) process.exitCode = 1;
}
