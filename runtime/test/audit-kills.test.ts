import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../scripts/audit-kills.mjs', import.meta.url));

it('the audit log survives kill -9 under load: every answer has its record, every record its inference', async () => {
  // `npm run audit:kills -- 200` does the same two hundred times.
  const { stdout } = await promisify(execFile)(process.execPath, [
    SCRIPT,
    '12',
    '--lanes',
    '3',
    '--json',
    '--seed',
    '7',
  ]);
  const report = JSON.parse(stdout) as Record<string, unknown>;
  expect(report).toMatchObject({ kills: 12, unrecorded: 0, unknown: 0, wrong: 0, twice: 0, isChainValid: true });
  expect(report.answered).toBeGreaterThan(0);
  expect(report.isKept).toBe(true);
}, 300_000);
