import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadCases } from '@deephealth/conformance';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startProgram } from './adapter-process.js';
import { deephealth, endProcesses } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const fileOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const OURS = fileOf('adapters/digital-pathology/bin/conformance-adapter.mjs');
const REFERENCE = fileOf('conformance/bin/reference-pathology.mjs');
const REFERENCE_COMMAND = ['--', process.execPath, REFERENCE, '--settings', '{settings}'];
const LIMIT_MS = 180_000;
const PLATFORM = 'digital-pathology';
const SOME = ['DH-WSI-002', 'DH-WSI-004', 'DH-WSI-026'].join(',');

interface Result {
  readonly id: string;
  readonly status: string;
}

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const adapter = (...args: string[]) => deephealth('conformance', 'adapter', '--platform', PLATFORM, ...args);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('deephealth conformance adapter --platform digital-pathology', () => {
  it(
    'calls the adapter of this repository conformant: every case of slides',
    async () => {
      const out = join(temporaryFolder(), 'report');
      const { exitCode, stdout, stderr } = await adapter(
        ...['--profile', 'digital-pathology', '--out', out, '--', process.execPath, OURS],
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
      const { exitCode, stdout } = await adapter(...only, '--', process.execPath, OURS);
      const { verdict, results } = JSON.parse(stdout);
      expect([exitCode, verdict]).toEqual([3, 'partial']);
      const unjudged = ['pass', 'notApplicable', 'skipped'];
      expect(results.filter(({ status }: Result) => !unjudged.includes(status))).toEqual([]);
      expect(results.filter(({ status }: Result) => status === 'pass').length).toBeGreaterThan(15);
    },
    LIMIT_MS,
  );

  it.each([
    ['mirrors its maps', 'M-WSI-05', 'DH-WSI-003', /the cell at 0,0 has the value 0\.\d+, and the pixels there make/],
    ['rounds', 'M-WSI-12', 'DH-WSI-005', /row 0, column 1 of the array holds 100, and 99\.\d+ is cut off to 99/],
    ['guesses a scale', 'M-WSI-40', 'DH-WSI-018', /expected FAILED_PRECONDITION \/ SLIDE_SCALE_MISSING, got OK/],
    ['logs patients', 'M-WSI-69', 'DH-WSI-036', /the log holds what the slide says of its patient/],
  ])(
    'calls one that %s not conformant, and says why',
    async (_, mutant, only, says) => {
      const { exitCode, stdout } = await adapter('--only', only, ...REFERENCE_COMMAND, '--mutant', mutant);
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(says);
      expect(stdout).toMatch(/NOT CONFORMANT/);
    },
    LIMIT_MS,
  );

  it(
    'judges an adapter that listens already by the packages that were exported for it',
    async () => {
      const folder = temporaryFolder();
      const port = ['--runtime-port', String(await freePort())];
      const exported = await deephealth('conformance', 'models', 'export', folder, '--platform', PLATFORM, ...port);
      expect(exported.stdout).toMatch(/2 packages with bindings\/digital-pathology\.json/);
      const running = await startProgram(REFERENCE, ['--settings', join(folder, 'settings.json')]);
      try {
        const { exitCode, stdout } = await adapter('--target', running.address, ...port, '--only', SOME, '--json');
        const { verdict, results } = JSON.parse(stdout);
        expect([exitCode, verdict]).toEqual([3, 'partial']);
        const passed = results.filter(({ status }: Result) => status === 'pass');
        expect([...new Set(passed.map(({ id }: Result) => id))].join()).toBe(SOME);
      } finally {
        running.stop();
      }
    },
    LIMIT_MS,
  );

  it('says in explain and list what a case is about', async () => {
    const [explained, listed] = await Promise.all([
      deephealth('conformance', 'explain', 'dh-wsi-005'),
      deephealth('conformance', 'list', '--profile', 'digital-pathology'),
    ]);
    expect(explained.stdout).toMatch(/adapter --platform digital-pathology --only DH-WSI-005/);
    expect(explained.stdout).toMatch(/M-WSI-12 rounds percentages instead of cutting them off/);
    expect(listed.stdout).toMatch(/DH-WSI-018 +MUST +digital-pathology/);
  });

  it('ends with exit code 4 where nobody can tell the adapter of its runtime', async () => {
    const { exitCode, stderr } = await adapter('--target', '127.0.0.1:1');
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/give --runtime-port/);
  });
});
