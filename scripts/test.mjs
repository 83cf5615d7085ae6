// npm test: installs and builds if needed, lints, then runs every offline test.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { prepare } from './prepare.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Files: more that fail have a reason. */
const MOST_UNSTEADY = 5;
prepare(root);

const bin = (name) => join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name);
const start = (name, args, stdio) => spawn(bin(name), args, { cwd: root, stdio, shell: process.platform === 'win32' });
const codeOf = (child) =>
  new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });

const { nativeStatus } = await import('@deephealth/native');
const native = nativeStatus();
process.stderr.write(
  native.isLoaded
    ? `The native addon is tested (${native.simd}).\n`
    : `${native.reason} Its TypeScript twins are tested.\n`,
);
process.stderr.write('Linting, and running the tests ...\n');
const linted = lint();
mkdirSync(join(root, '.build'), { recursive: true });
const first = await runTests('vitest.json', process.argv.slice(2));
const { code: lintCode, output: lintOutput } = await linted;
const { failures, unsteady } = await askAgain(first);
for (const { test, reason } of failures) writeFailure(test, reason);
for (const { test, reason } of unsteady) writeResult('UNSTEADY', test, reason);
process.stderr.write(lintOutput);
if (lintCode !== 0)
  process.stderr.write('Lint failed; the lines above say where. `npm run format` mends most of it.\n');
const passed = first.passed + unsteady.length;
process.stdout.write(`${passed} passed, ${first.failed - unsteady.length} failed, ${first.skipped} skipped\n`);
process.exitCode = lintCode || (failures.length === 0 && unsteady.length > 0 ? 0 : first.code);

/** @returns what the tests came to, failures by file */
async function runTests(name, args) {
  const report = join(root, '.build', name);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await codeOf(start('vitest', ['run', ...reporters, ...args], 'inherit'));
  const result = JSON.parse(readFileSync(report, 'utf8'));
  const failures = result.testResults.flatMap(({ name: path, message, assertionResults }) => {
    const file = relative(root, path);
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    // A file that cannot be loaded has no test that failed.
    if (failed.length === 0 && message) return [{ file, test: file, reason: message, isTest: false }];
    return failed.map(({ fullName, failureMessages }) => {
      return { file, test: `${file}: ${fullName}`, reason: failureMessages.join('\n'), isTest: true };
    });
  });
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests = 0 } = result;
  return { code, failures, passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
}

/**
 * Four files run at a time on two processors, and hundreds of processes are started: a deadline may pass that has
 * nothing to do with what is tested. Files of a few failures are run once more, with nothing beside them. A test that
 * passes then is named, as unsteady, and has to be mended; one that fails again has failed.
 */
async function askAgain({ failures: before }) {
  const files = [...new Set(before.map(({ file }) => file))];
  if (files.length === 0 || files.length > MOST_UNSTEADY || before.some(({ isTest }) => !isTest)) {
    return { failures: before, unsteady: [] };
  }
  process.stderr.write(`\nRunning once more, alone: ${files.join(', ')} ...\n`);
  const again = await runTests('vitest-again.json', ['--no-file-parallelism', ...files]);
  // Whatever else went wrong, a crash of the runner for example, proves nothing.
  if (again.code !== 0 && again.failures.length === 0) return { failures: before, unsteady: [] };
  const stillFails = ({ test }) => again.failures.some((one) => one.test === test || !one.isTest);
  return { failures: before.filter(stillFails), unsteady: before.filter((one) => !stillFails(one)) };
}

/** Beside the tests, since it takes one processor for seconds; what it says comes after what they say. */
async function lint() {
  const child = start('biome', ['check', '--error-on-warnings', '.'], ['ignore', 'pipe', 'pipe']);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return { code: await codeOf(child), output };
}

/** In the form of the other suites, with the first lines of the reason: `.ci/run` repeats these at its end. */
function writeFailure(test, reason) {
  writeResult('FAIL', test, reason);
}

function writeResult(result, test, reason) {
  const lines = stripVTControlCharacters(reason).split('\n').slice(0, 3);
  process.stderr.write(`  ${result}  ${test}\n${lines.map((line) => `    ${line}\n`).join('')}`);
}
