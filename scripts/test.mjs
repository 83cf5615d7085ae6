// npm test: installs and builds if needed, lints, then runs every offline test.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { prepare } from './prepare.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
prepare(root);

const bin = (name) => join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name);
const run = (command, args) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }).status ?? 1;

const { nativeStatus } = await import('@deephealth/native');
const native = nativeStatus();
process.stderr.write(
  native.isLoaded
    ? `The native addon is tested (${native.simd}).\n`
    : `${native.reason} Its TypeScript twins are tested.\n`,
);
process.stderr.write('Linting ...\n');
const lint = run(bin('biome'), ['check', '--error-on-warnings', '.']);
process.stderr.write('Running the tests ...\n');
mkdirSync(join(root, '.build'), { recursive: true });
const report = join(root, '.build', 'vitest.json');
const tests = run(bin('vitest'), [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
]);

const {
  numPassedTests,
  numFailedTests,
  numPendingTests,
  numTodoTests = 0,
  testResults,
} = JSON.parse(readFileSync(report, 'utf8'));
for (const { name, message, assertionResults } of testResults) {
  const file = relative(root, name);
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  for (const { fullName, failureMessages } of failed) writeFailure(`${file}: ${fullName}`, failureMessages.join('\n'));
  if (failed.length === 0 && message) writeFailure(file, message);
}
if (lint !== 0) process.stderr.write('Lint failed; the lines above say where. `npm run format` mends most of it.\n');
process.stdout.write(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests + numTodoTests} skipped\n`);
process.exitCode = lint || tests;

/** In the form of the other suites, with the first lines of the reason: `.ci/run` repeats these at its end. */
function writeFailure(test, reason) {
  const lines = stripVTControlCharacters(reason).split('\n').slice(0, 3);
  process.stderr.write(`  FAIL  ${test}\n${lines.map((line) => `    ${line}\n`).join('')}`);
}
