import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCases } from '@deephealth/conformance';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { describePlatformCommands, fileOf } from './platform-commands.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const OURS = fileOf('adapters/expressif/bin/conformance-adapter.mjs');
/** What is right is right on a machine that does other things, too. */
const PATIENTLY = ['--time-scale', '2'];
const REFERENCE = fileOf('conformance/bin/reference-expressif.mjs');
const LIMIT_MS = 180_000;

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const statuses = (stdout: string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status } of JSON.parse(stdout).results) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

describe('deephealth conformance adapter --platform expressif', () => {
  it(
    'calls the adapter of this repository conformant: every case of rules',
    async () => {
      const { exitCode, stdout } = await deephealth(
        ...['conformance', 'adapter', '--platform', 'expressif', '--profile', 'expressif', '--json'],
        ...[...PATIENTLY, '--', process.execPath, OURS],
      );
      expect([statuses(stdout), exitCode]).toEqual([{ pass: 149 }, 0]);
    },
    LIMIT_MS,
  );

  it(
    'finds nothing wrong with it as an adapter: every case but those of runtimes, which take minutes through it',
    async () => {
      const own = loadCases().filter(({ profile, rerun }) => profile === 'adapter-common' && rerun === undefined);
      const { exitCode, stdout } = await deephealth(
        ...['conformance', 'adapter', '--platform', 'expressif', '--profile', 'adapter-common', '--json'],
        ...['--only', own.map(({ id }) => id).join(','), ...PATIENTLY, '--', process.execPath, OURS],
      );
      // Skipped are those that were not asked for.
      const { pass, notApplicable, skipped: _, ...others } = statuses(stdout);
      expect([others, pass]).toEqual([{}, expect.any(Number)]);
      expect(pass).toBeGreaterThan(15);
      expect(exitCode).not.toBe(1);
      expect(notApplicable).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );

  it(
    'calls the reference adapter conformant, its face over HTTP included, and shows the profile in the report',
    async () => {
      const out = join(temporaryFolder(), 'report');
      const { exitCode, stdout, stderr } = await deephealth(
        ...['conformance', 'adapter', '--platform', 'expressif', '--profile', 'expressif', '--out', out],
        ...['--', process.execPath, REFERENCE, '--settings', '{settings}'],
      );
      expect([stdout.match(/FAIL.*\n.*/g), exitCode, stderr]).toEqual([null, 0, '']);
      expect(stdout).toMatch(/RULE .* 149\/149/);
      const { verdict, claim } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
      expect([verdict, claim.profiles]).toEqual(['conformant', ['expressif']]);
      const page = readFileSync(join(out, 'report.html'), 'utf8');
      expect(page).toContain('DH-RULE-103');
      expect(page).toContain('expressif');
    },
    LIMIT_MS,
  );
});

describePlatformCommands({
  platform: 'expressif',
  program: REFERENCE,
  some: ['DH-RULE-001', 'DH-RULE-019', 'DH-RULE-082'],
  wrong: [
    [
      'invents what is missing',
      'M-RULE-20',
      'DH-RULE-030',
      /the output risk is \d+.*, and must be indeterminate \(missing\)/,
    ],
    ['does not look at units', 'M-RULE-60', 'DH-RULE-061', /expected INVALID_ARGUMENT \/ UNIT_MISMATCH, got OK/],
    ['says another number in French', 'M-RULE-103', 'DH-RULE-104', /the number \d+(\.\d+)? is in one language alone/],
  ],
  exported: /8 packages with bindings\/expressif\.json/,
  explained: {
    id: 'DH-RULE-034',
    says: /M-RULE-21 answers the middle of the range where nothing fired/,
    listed: /DH-RULE-102 +MUST +expressif/,
  },
  limitMs: LIMIT_MS,
});
