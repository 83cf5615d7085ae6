// npm run audit:dependencies: asks the registry whether advisories are known for what ships (npm audit), what is built
// into the page of the console included, and fails for those that dependencies/audit-explained.json does not explain. Ends with 3, and a reason, where it cannot be asked.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { auditFaults, ofShipped } from '../dependencies/audit-findings.mjs';
import { lockedPackages } from '../dependencies/licence-rules.mjs';
import { bundledPackages, withBundled } from '../dependencies/page-parts.mjs';

const SKIPPED = 3;
const LIMIT_MS = 120_000;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const explained = JSON.parse(readFileSync(join(root, 'dependencies', 'audit-explained.json'), 'utf8'));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
// By the lock file: nothing needs to be installed. Of all of it, since what the page is built from counts as a tool.
const { stdout, stderr } = spawnSync(npm, ['audit', '--package-lock-only', '--json'], {
  ...{ cwd: root, encoding: 'utf8', timeout: LIMIT_MS, maxBuffer: 64 * 2 ** 20, shell: process.platform === 'win32' },
});
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const shipped = withBundled(lockedPackages(lock), bundledPackages(root)).filter(({ isDevelopment }) => !isDevelopment);
const report = ofShipped(parsed(stdout), new Set(shipped.map(({ path }) => path)));
const faults = auditFaults(report, explained, new Date().toISOString().slice(0, 10));
if (faults === undefined) {
  const why = report?.message ?? stderr?.trim().split('\n')[0] ?? 'no answer';
  process.stdout.write(`SKIPPED: the registry does not answer "npm audit": ${why}\n`);
  process.exit(SKIPPED);
}
for (const fault of faults) process.stdout.write(`FAILED ${fault}\n`);
process.stdout.write(`${shipped.length} packages asked about, ${faults.length} unexplained\n`);
process.exitCode = faults.length > 0 ? 1 : 0;

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
