// npm run test:native: the addon's tests on a build with the address and undefined-behaviour sanitizers,
// a search for leaks, and the growth of a process that uses the kernels for long.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckReport, expectEqual, expectTrue } from '../interop/check-report.mjs';
import { buildAddon } from '../native/build-addon.mjs';
import { SANITIZERS, sanitizedEnvironment, sanitizerRuntime, whyNoLeaksAreFound } from '../native/test/sanitizers.mjs';
import { prepare } from './prepare.mjs';

/** What uses the addon most, below these paths. */
const TESTS = ['native', 'runtime/src/host/native-session.test.ts', 'runtime/src/host/shared-memory.test.ts'];
const ROUNDS = 10_000;
/** Of 90,000 calls: less than a hundred bytes each. */
const MOST_GROWTH_KB = 8192;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const started = Date.now();
const say = (text) => process.stderr.write(`[${((Date.now() - started) / 1000).toFixed(0)} s] ${text}\n`);
const nativeTest = (name) => join(root, 'native', 'test', name);
const report = new CheckReport();

prepare(root);
const scratch = mkdtempSync(join(tmpdir(), 'deephealth-native-'));
try {
  const { path, missing } = sanitizerRuntime();
  if (missing !== undefined) report.skip('addon', missing);
  else await checkAll(path);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
say('done');
process.stdout.write(`${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped\n`);
process.exitCode = report.failed > 0 ? 1 : 0;

async function checkAll(runtime) {
  say(`building the addon with -fsanitize=${SANITIZERS} ...`);
  const { outcome, detail } = await buildAddon({ sanitize: SANITIZERS });
  if (outcome === 'failed') return report.fail('addon', 'builds with sanitizers', detail);
  say('running the tests with it, and looking at growth meanwhile ...');
  await Promise.all([runTests(runtime), checkGrowth()]);
  say('looking for leaks ...');
  const why = whyNoLeaksAreFound(scratch);
  if (why !== undefined) return report.skip('leaks', why);
  const environment = sanitizedEnvironment(runtime, { findLeaks: true });
  const addon = join(root, 'native', 'build', 'sanitized', 'deephealth.node');
  await Promise.all([
    checkLeaks('none of the addon after 300 rounds of all kernels', environment, [
      ...['--expose-gc', nativeTest('kernel-leaks.mjs'), '300'],
    ]),
    checkLeaks('none of the addon after 8,000 hostile calls', environment, [
      ...[nativeTest('hostile-calls.mjs'), addon, join(scratch, 'journal'), '1', '0', '8000'],
    ]),
  ]);
}

async function runTests(runtime) {
  mkdirSync(join(root, '.build'), { recursive: true });
  const results = join(root, '.build', 'vitest-native.json');
  rmSync(results, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { code, output } = await run(
    [vitest, 'run', ...reporters, '--testTimeout=120000', ...TESTS],
    sanitizedEnvironment(runtime),
  );
  process.stderr.write(output);
  let counts;
  try {
    counts = JSON.parse(readFileSync(results, 'utf8'));
  } catch {
    return report.fail('tests', 'run to their end with sanitizers', `vitest ended with ${code}`);
  }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests = 0 } = counts;
  report.add({ passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests });
  await report.check('tests', 'end well with sanitizers', () => expectEqual('exit code', code, 0));
}

function checkGrowth() {
  return report.check(
    'growth',
    `the process stays as large as it is over ${ROUNDS} rounds of all kernels`,
    async () => {
      const environment = { ...process.env, DEEPHEALTH_NATIVE: 'require' };
      const { code, output } = await run(['--expose-gc', nativeTest('kernel-leaks.mjs'), `${ROUNDS}`], environment);
      expectEqual('exit code', code, 0);
      const { grownKilobytes } = JSON.parse(output);
      expectTrue(`${grownKilobytes} KB more, at most ${MOST_GROWTH_KB}`, grownKilobytes <= MOST_GROWTH_KB);
      say(`the process grew by ${grownKilobytes} KB in ${ROUNDS} rounds`);
    },
  );
}

/** Node.js frees not all of its own when it ends: a leak is ours if one of our functions allocated it. */
function checkLeaks(sentence, environment, args) {
  return report.check('leaks', sentence, async () => {
    const { code, output } = await run(args, environment);
    const leaks = output.split(/\n\n/).filter((block) => /leak of \d+ byte/.test(block));
    const ours = leaks.filter((block) => /deephealth::|\/deephealth\.node/.test(block));
    if (ours.length > 0) throw new Error(ours.slice(0, 3).join('\n\n'));
    // The code tells of leaks, too; the program's own last line tells that it came to its end.
    if (!output.includes('{"')) throw new Error(`ended with ${code}\n${output.slice(-6000)}`);
    if (code !== 0 && leaks.length === 0) throw new Error(`ended with ${code}\n${output.slice(-6000)}`);
  });
}

/** Runs Node.js; gives its exit code, or the signal that ended it, and what it printed. */
function run(args, env) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: error.message, output }));
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}
