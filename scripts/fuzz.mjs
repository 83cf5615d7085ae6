// npm run fuzz [-- <inputs> [<part of a target's name or of its test's path> ...] [--seed <n>] [--time <s>] [--round <n>]]
// npm run fuzz:guided -- <part of a target's name> [--seconds <n>] [--seed <n>]
// Lets every target of fuzz/targets.json read so many broken inputs, 100,000 unless told otherwise, one test file
// after the other, and prints a table of the outcomes. What is found is made smaller and saved in fuzz/corpus; an
// input that ends the process, takes its memory, or does not come to an end is saved as it is.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { processUse } from './fuzz-process-use.mjs';
import { outcomeTable } from './fuzz-table.mjs';
import { prepare } from './prepare.mjs';

const LOOK_MS = 1000;
/** Of the processor, for one input: far above every limit of a target. Measured as such, load does not matter. */
const MOST_BUSY_S = 60;
// Looks and not a time: a machine that stands still for a while stops both sides.
const MOST_IDLE_LOOKS = 180;
const MOST_RESIDENT_MIB = 6 * 1024;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(
    ['seed', 'time', 'round', 'seconds']
      .map((name) => [name, { type: 'string' }])
      .concat([['guided', { type: 'boolean', default: false }]]),
  ),
});
const isGuided = values.guided;
const inputs = isGuided ? 100_000_000 : Number(/^\d+$/.test(positionals[0] ?? '') ? positionals.shift() : 100_000);
const targets = JSON.parse(readFileSync(join(root, 'fuzz', 'targets.json'), 'utf8'));
const isAsked = (text) => positionals.some((part) => text.toLowerCase().includes(part.toLowerCase()));
const asked = targets.filter(({ target, test }) => positionals.length === 0 || isAsked(target) || isAsked(test));
const numbers = ['seed', 'time', 'round', 'seconds'].every((name) => /^\d+$/.test(values[name] ?? '0'));
if (!(inputs >= 1) || !numbers || asked.length === 0 || (isGuided && positionals.length === 0)) {
  process.stderr.write(
    `npm run fuzz [-- <inputs> [<target> ...] [--seed n] [--time s] [--round n]]
npm run fuzz:guided -- <target> [--seconds n] [--seed n]
Targets: ${targets.map(({ target }) => target).join(' · ')}\n`,
  );
  process.exit(2);
}

prepare(root);
const report = join(root, '.build', isGuided ? 'fuzz-guided' : 'fuzz');
rmSync(report, { recursive: true, force: true });
mkdirSync(report, { recursive: true });
const failures = [];
const files = [...new Set(asked.map(({ test }) => test))];
for (const [place, file] of files.entries()) {
  const names = asked.filter(({ test }) => test === file).map(({ target }) => target);
  process.stderr.write(`[${place + 1}/${files.length}] ${file}: ${names.length} of its targets ...\n`);
  const failure = await run(file, names);
  if (failure !== undefined) failures.push(`${file}: ${failure}`);
}
const outcomes = lines('outcomes.jsonl');
process.stdout.write(outcomeTable(outcomes));
const sum = outcomes.reduce((total, { inputs: read }) => total + read, 0);
process.stdout.write(`${sum} inputs, ${outcomes.length} targets\n`);
for (const { saved, message, cause } of lines('findings.jsonl')) {
  failures.push(`${message.slice(0, 400)}\n${cause ?? ''}${saved ? `\n  saved as fuzz/corpus/${saved}` : ''}`);
}
for (const { target } of asked) {
  if (!outcomes.some(({ parser }) => parser === target)) failures.push(`${target} did not come to its end`);
}
for (const failure of failures) process.stdout.write(`FAILED ${failure}\n`);
process.exitCode = failures.length > 0 ? 1 : 0;

/** Undefined if all went well, else what went wrong. */
function run(file, names) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const set = (name, value) => (value === undefined ? {} : { [`DEEPHEALTH_FUZZ${name}`]: String(value) });
  const child = spawn(process.execPath, [vitest, 'run', file], {
    cwd: root,
    env: {
      ...process.env,
      ...{
        ...set('', inputs),
        ...set('_REPORT', report),
        ...set('_SEED', values.seed),
        ...set('_ROUND', values.round),
      },
      ...{ ...set('_TARGETS', JSON.stringify(names)), ...set('_GUIDED', isGuided ? 1 : undefined) },
      ...(isGuided ? { NODE_OPTIONS: `--import=${pathToFileURL(join(root, 'fuzz', 'count-blocks.mjs')).href}` } : {}),
      ...set('_SECONDS', isGuided ? (values.seconds ?? 60) : values.time),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  let last = '';
  let looks = 0;
  let busyBefore = 0;
  let ended;
  const look = setInterval(() => {
    const now = underWay();
    if (now === undefined) return;
    const use = processUse(now.pid);
    const name = `${now.parser}: input ${now.round} of seed ${now.seed}`;
    looks = name === last ? looks + 1 : 0;
    if (looks === 0) busyBefore = use?.busyS ?? 0;
    last = name;
    const isStuck = looks >= MOST_IDLE_LOOKS || (use !== undefined && use.busyS - busyBefore > MOST_BUSY_S);
    if (isStuck) ended = `does not come to an end at ${name}`;
    else if ((use?.residentMiB ?? 0) > MOST_RESIDENT_MIB) ended = `takes ${use.residentMiB} MiB at ${name}`;
    if (ended !== undefined) end(child);
  }, LOOK_MS);
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => {
      clearInterval(look);
      if (ended !== undefined) return resolve(`${ended}, saved as ${save()}`);
      const isCrash = /Worker exited unexpectedly|SIG[A-Z]+|heap out of memory/.test(output);
      if (isCrash) return resolve(`ended at ${underWay()?.parser}, saved as ${save()}\n${output.slice(-4000)}`);
      // Tests expect more than one input and more than some of their targets: findings are told by themselves.
      const isWhole = positionals.length === 0 && values.round === undefined && !isGuided && inputs >= 100;
      resolve(code === 0 || !isWhole ? undefined : `ended with ${code}\n${output.slice(-4000)}`);
    });
  });
}

function underWay() {
  const file = join(report, 'under-way.json');
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return text.endsWith('}') ? JSON.parse(text) : undefined;
}

/** The input that is being read, in the corpus of its target. */
function save() {
  const { parser, readSeed } = underWay();
  const bytes = readFileSync(join(report, 'under-way'));
  const folder = parser
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const name = `${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}-${readSeed}.bin`;
  mkdirSync(join(root, 'fuzz', 'corpus', folder), { recursive: true });
  writeFileSync(join(root, 'fuzz', 'corpus', folder, name), bytes);
  return `fuzz/corpus/${folder}/${name}`;
}

/** With what it has started. */
function end(child) {
  if (process.platform === 'win32') child.kill();
  else process.kill(-child.pid, 'SIGKILL');
}

function lines(name) {
  const file = join(report, name);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
