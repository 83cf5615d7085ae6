import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCases } from '@deephealth/conformance';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { describePlatformCommands, fileOf, type Result } from './platform-commands.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const OURS = fileOf('adapters/digital-pathology/bin/conformance-adapter.mjs');
/** What is right is right on a machine that does other things, too. */
const PATIENTLY = ['--time-scale', '2'];
const LIMIT_MS = 180_000;
const PLATFORM = 'digital-pathology';

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const adapter = (...args: string[]) => deephealth('conformance', 'adapter', '--platform', PLATFORM, ...args);

describe('deephealth conformance adapter --platform digital-pathology', () => {
  it(
    'calls the adapter of this repository conformant: every case of slides',
    async () => {
      const out = join(temporaryFolder(), 'report');
      const { exitCode, stdout, stderr } = await adapter(
        ...['--profile', 'digital-pathology', '--out', out, ...PATIENTLY, '--', process.execPath, OURS],
      );
      expect([stdout.match(/FAIL.*\n.*/g), exitCode, stderr]).toEqual([null, 0, '']);
      expect(stdout).toMatch(/target {3}deephealth-digital-pathology .* \(digital-pathology platform/);
      const { verdict, claim, results } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
      expect([verdict, claim.profiles]).toEqual(['conformant', ['digital-pathology']]);
      expect(results.filter(({ status }: Result) => status !== 'pass')).toEqual([]);
      expect(results.length).toBeGreaterThan(75);
    },
    LIMIT_MS,
  );

  it(
    'finds nothing wrong with it as an adapter: every case but those of runtimes, which take minutes through it',
    async () => {
      const own = loadCases().filter(({ profile, rerun }) => profile === 'adapter-common' && rerun === undefined);
      const only = ['--profile', 'adapter-common', '--only', own.map(({ id }) => id).join(','), '--json'];
      const { exitCode, stdout } = await adapter(...only, ...PATIENTLY, '--', process.execPath, OURS);
      const { verdict, results } = JSON.parse(stdout);
      expect([exitCode, verdict]).toEqual([3, 'partial']);
      const unjudged = ['pass', 'notApplicable', 'skipped'];
      expect(results.filter(({ status }: Result) => !unjudged.includes(status))).toEqual([]);
      expect(results.filter(({ status }: Result) => status === 'pass').length).toBeGreaterThan(15);
    },
    LIMIT_MS,
  );
});

describePlatformCommands({
  platform: PLATFORM,
  program: fileOf('conformance/bin/reference-pathology.mjs'),
  some: ['DH-WSI-002', 'DH-WSI-004', 'DH-WSI-026'],
  wrong: [
    ['mirrors its maps', 'M-WSI-05', 'DH-WSI-003', /the cell at 0,0 has the value 0\.\d+, and the pixels there make/],
    ['rounds', 'M-WSI-12', 'DH-WSI-005', /row 0, column 1 of the array holds 100, and 99\.\d+ is cut off to 99/],
    ['guesses a scale', 'M-WSI-40', 'DH-WSI-018', /expected FAILED_PRECONDITION \/ SLIDE_SCALE_MISSING, got OK/],
    ['logs patients', 'M-WSI-69', 'DH-WSI-036', /the log holds what the slide says of its patient/],
  ],
  exported: /2 packages with bindings\/digital-pathology\.json/,
  explained: {
    id: 'DH-WSI-005',
    says: /M-WSI-12 rounds percentages instead of cutting them off/,
    listed: /DH-WSI-018 +MUST +digital-pathology/,
  },
  limitMs: LIMIT_MS,
});
