// npm run fuzz [-- <number of inputs> [<part of a path> ...]]: lets every parser read so many broken inputs,
// 100,000 unless told otherwise, one test file after the other, and prints a table of the outcomes. An input
// that ends the process, or that does not come to an end, is named.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from './prepare.mjs';

const PACKAGES = ['sdk', 'runtime', 'cli', 'adapters'];
const LOOK_MS = 5000;
// Looks and not a time: a machine that stands still for a while stops both sides.
const MOST_LOOKS_AT_ONE_INPUT = 24;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [count = '100000', ...parts] = process.argv.slice(2);
const inputs = Number(count);
if (!Number.isInteger(inputs) || inputs < 1) {
  process.stderr.write('npm run fuzz [-- <number of inputs> [<part of a path> ...]]\n');
  process.exit(2);
}

prepare(root);
const report = join(root, '.build', 'fuzz');
rmSync(report, { recursive: true, force: true });
mkdirSync(report, { recursive: true });
const failures = [];
for (const file of testFiles()) {
  process.stderr.write(`${file} ...\n`);
  const failure = await run(file);
  if (failure !== undefined) failures.push(`${file}: ${failure}`);
}
process.stdout.write(table());
for (const failure of failures) process.stdout.write(`FAILED ${failure}\n`);
process.exitCode = failures.length > 0 ? 1 : 0;

function testFiles() {
  const all = PACKAGES.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /(^|[\\/])fuzz\.test\.ts$/.test(file) && !/node_modules|dist/.test(file))
      .map((file) => join(folder, file)),
  );
  return all.sort().filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));
}

/** Undefined if all went well, else what went wrong. */
function run(file) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', relative(root, join(root, file))], {
    cwd: root,
    env: { ...process.env, DEEPHEALTH_FUZZ: String(inputs), DEEPHEALTH_FUZZ_REPORT: report },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  let last = '';
  let looks = 0;
  let stuckAt;
  const look = setInterval(() => {
    const now = underWay();
    looks = now === last ? looks + 1 : 0;
    last = now;
    if (looks < MOST_LOOKS_AT_ONE_INPUT || now === '') return;
    stuckAt = now;
    end(child);
  }, LOOK_MS);
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => {
      clearInterval(look);
      if (stuckAt !== undefined) resolve(`does not come to an end at ${stuckAt}`);
      else if (code === 0) resolve(undefined);
      else resolve(`ended with ${code}, last at ${underWay()}\n${output.slice(-8000)}`);
    });
  });
}

function underWay() {
  const file = join(report, 'under-way');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

/** With what it has started. */
function end(child) {
  if (process.platform === 'win32') child.kill();
  else process.kill(-child.pid, 'SIGKILL');
}

function table() {
  const file = join(report, 'outcomes.jsonl');
  const outcomes = existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
  const mib = (bytes) => (Math.max(0, bytes) / 2 ** 20).toFixed(1);
  const rows = outcomes.map(
    ({ parser, corpus, inputs: read, refused, slowestMs, liveGrowthBytes, residentGrowthBytes, tookS }) =>
      `| ${parser} | ${corpus} | ${read} | ${Math.round((100 * refused) / read)} % | ${Math.ceil(slowestMs)} | ${mib(liveGrowthBytes)} | ${mib(residentGrowthBytes)} | ${Math.round(tookS)} |\n`,
  );
  return `| parser | corpus | inputs | refused | slowest, ms | live, MiB more | resident, MiB more | s |\n|---|---|---|---|---|---|---|---|\n${rows.join('')}`;
}
