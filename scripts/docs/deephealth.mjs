// Stands for the command `deephealth` while a page is run. What it changes, and nothing else:
//   - `serve`, and `add` where it serves, listens on free ports, gives its output up to "Ready on", and stays behind
//     until the page is at its end;
//   - `slide view`, too, which gives its address and stays;
//   - `conformance runtime` and `conformance adapter` judge the cases of DEEPHEALTH_DOCS_CASES alone, unless the line
//     chooses some itself, and "incomplete" is then no failure. The whole suite has tests of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'cli', 'bin', 'deephealth.mjs');
/** Exit code of a run that judged not all of what was claimed. */
const INCOMPLETE = 3;
const args = process.argv.slice(2);
const has = (option) => args.includes(option);

/** With one of these, `deephealth add` does not serve. */
const ENDS = ['--help', '--no-serve', '--plan', '--print-answers', '--json'];
const STAYS = [
  { is: args[0] === 'serve' && !has('--help'), ready: /^Ready on .*\n/m },
  { is: args[0] === 'add' && !ENDS.some(has), ready: /^Ready on .*\n/m },
  { is: args[0] === 'slide' && args[1] === 'view' && !has('--help'), ready: /https?:\/\/\S+.*\n/ },
];
const staying = STAYS.find(({ is }) => is);
if (staying === undefined) runToItsEnd();
else await stayBehind(staying.ready);

function runToItsEnd() {
  const cases = process.env.DEEPHEALTH_DOCS_CASES;
  const isJudged = args[0] === 'conformance' && ['runtime', 'adapter'].includes(args[1]);
  const isNarrowed = isJudged && cases && !has('--help') && !has('--only');
  const line = isNarrowed ? [...args.slice(0, 2), '--only', cases, ...args.slice(2)] : args;
  const child = spawn(process.execPath, [PROGRAM, ...line], { stdio: 'inherit' });
  child.on('exit', (code, signal) => {
    process.exitCode = isNarrowed && code === INCOMPLETE ? 0 : (code ?? (signal === null ? 1 : 128));
  });
}

/** Its output goes into a file: a pipe would break under it once this process has ended. */
async function stayBehind(ready) {
  const ports = ['serve', 'add'].includes(args[0]) ? ['--port', '0', '--http-port', '0'] : ['--port', '0'];
  if (has('--adapter')) ports.push('--adapter-port', '0');
  if (has('--adapter-contract-port')) ports.push('--adapter-contract-port', '0');
  const folder = mkdtempSync(join(process.env.DEEPHEALTH_DOCS_STAYING, 'process-'));
  const [stdout, stderr] = ['stdout', 'stderr'].map((name) => join(folder, name));
  const child = spawn(process.execPath, [PROGRAM, ...args, ...ports], {
    stdio: ['ignore', openSync(stdout, 'w'), openSync(stderr, 'w')],
    detached: true,
  });
  writeFileSync(join(folder, 'pid'), String(child.pid));
  let exit;
  child.on('exit', (code) => (exit = { code }));
  while (exit === undefined && !ready.test(readFileSync(stdout, 'utf8'))) await delay(50);
  process.stdout.write(readFileSync(stdout, 'utf8'));
  process.stderr.write(readFileSync(stderr, 'utf8'));
  process.exit(exit === undefined ? 0 : exit.code || 1);
}
