// Later versions of Node than the oldest that is supported, on a short selection of the tests.
import { join } from 'node:path';
import { lastLines, runProcess } from './run-process.mjs';

const LIMIT_MS = 300_000;
const SKIPPED = 3;
const VERSIONS = ['22', '24'];
/** What depends on Node most: the addon, HTTP/2, processes, files, and the command around them. */
const SELECTION = [
  'native/test/load-addon.test.ts',
  'native/lib/twin-equality.test.ts',
  'cli/test/validate.test.ts',
  'adapters/expressif/test/rule-server.test.ts',
  'proto/test/baseline.test.ts',
];

export async function runNodeVersionsChecks(_, { root, name }, report) {
  for (const version of VERSIONS) {
    const args = [join(root, 'scripts', 'test-on-node.mjs'), version, ...SELECTION, '--maxWorkers=1'];
    const { code, stdout, stderr } = await runProcess(process.execPath, args, { limitMs: LIMIT_MS, cwd: root });
    if (code === SKIPPED) {
      report.skip(name, stdout.trim());
      continue;
    }
    await report.check(name, `tests that depend on it pass on Node ${version}`, () => {
      if (code !== 0 || !/Tests\s+.*\d+ passed/.test(stdout)) throw new Error(lastLines(stdout + stderr, 40));
    });
  }
}
