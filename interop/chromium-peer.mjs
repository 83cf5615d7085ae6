// Debian's Chromium on our pages: the sample record system, as a clinician sees it, and the console.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackage, unpackedEnvironment } from './debian-packages.mjs';
import { LOOPBACK_ENVIRONMENT } from './loopback-environment.mjs';
import { peerFolder } from './peer-folder.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

const TESTS = [
  'samples/test/cds-browser.test.ts',
  'samples/test/cds-page-safety.test.ts',
  'console/test/pages-browser.test.ts',
  'console/test/try-browser.test.ts',
  'console/test/access-browser.test.ts',
  'cli/test/console-browser.test.ts',
];
const LIMIT_MS = 300_000;

let installing;

/** Gives the path of a program that starts it. Peers share one. */
export function installChromium(root) {
  installing ??= install(root);
  return installing;
}

async function install(root) {
  if (process.platform !== 'linux') throw new Skipped('Chromium is taken from the packages of Debian.');
  const folder = peerFolder(root, 'chromium');
  const start = join(folder, 'chromium');
  if ((await whyNotStarting(start)) === undefined) return start;
  rmSync(folder, { recursive: true, force: true });
  await unpackDebianPackage(folder, 'chromium', 'fonts-dejavu-core');
  writeStart(start, folder);
  const why = await whyNotStarting(start);
  if (why !== undefined) throw new Error(`Chromium does not start.\n${why}`);
  return start;
}

/** Debian's own start script looks for everything below /usr. */
function writeStart(start, folder) {
  const unpacked = join(folder, 'root');
  const { env } = unpackedEnvironment(folder);
  const fonts = join(folder, 'fonts.conf');
  mkdirSync(join(folder, 'font-cache'), { recursive: true });
  // What the system has already was not unpacked.
  const folders = [join(unpacked, 'usr', 'share', 'fonts'), '/usr/share/fonts'];
  const program = ['usr', 'lib', 'chromium', 'chromium'];
  const paths = [join(unpacked, ...program), join('/', ...program)];
  writeFileSync(
    fonts,
    `<?xml version="1.0"?>
<fontconfig>${folders.map((one) => `<dir>${one}</dir>`).join('')}<cachedir>${join(folder, 'font-cache')}</cachedir></fontconfig>
`,
  );
  writeFileSync(
    start,
    `#!/bin/sh
LD_LIBRARY_PATH='${env.LD_LIBRARY_PATH}' FONTCONFIG_FILE='${fonts}' exec '${paths.find((path) => existsSync(path)) ?? paths[0]}' "$@"
`,
  );
  chmodSync(start, 0o755);
}

async function whyNotStarting(start) {
  if (!existsSync(start)) return 'it is not there';
  const { code, stderr } = await runProcess(start, ['--version'], { limitMs: 60_000 });
  return code === 0 ? undefined : lastLines(stderr);
}

export async function runChromiumChecks(chromium, { root, name, scratch }, report) {
  const results = join(scratch, 'chromium.json');
  const { code, stdout, stderr } = await runProcess(
    process.execPath,
    [
      join(root, 'node_modules', 'vitest', 'vitest.mjs'),
      'run',
      '--reporter=json',
      `--outputFile=${results}`,
      '--testTimeout=60000',
      ...TESTS.map((test) => join(root, test)),
    ],
    { limitMs: LIMIT_MS, cwd: root, env: { ...LOOPBACK_ENVIRONMENT, DEEPHEALTH_CHROMIUM: chromium } },
  );
  if (!existsSync(results)) {
    report.fail(name, 'runs the tests of the page', `vitest ended with ${code}: ${lastLines(stdout + stderr)}`);
    return;
  }
  const { testResults } = JSON.parse(readFileSync(results, 'utf8'));
  for (const { assertionResults, message } of testResults) {
    if (assertionResults.length === 0) report.fail(name, 'runs the tests of the page', message);
    for (const { status, fullName, failureMessages } of assertionResults) {
      await report.check(name, fullName, () => {
        if (status !== 'passed') throw new Error(`${status}. ${failureMessages.join('\n')}`);
      });
    }
  }
}
