import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadCases } from '@deephealth/conformance';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startProgram } from './adapter-process.js';
import { deephealth, deephealthHere, endProcesses } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const fileOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const OURS = fileOf('adapters/clinical-decision-support/bin/conformance-adapter.mjs');
/** What is right is right on a machine that does other things, too. */
const PATIENTLY = ['--time-scale', '2'];
const REFERENCE = fileOf('conformance/bin/reference-cds.mjs');
const REFERENCE_COMMAND = ['--', process.execPath, REFERENCE, '--settings', '{settings}'];
const LIMIT_MS = 180_000;
const PLATFORM = 'clinical-decision-support';

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const OF_CDS = ['conformance', 'adapter', '--platform', PLATFORM];
const adapter = (...args: string[]) => deephealth(...OF_CDS, ...args);

/** Cases of each area, so that nothing but the whole suite takes longer. */
const SOME = ['DH-CDS-001', 'DH-CDS-034', 'DH-CDS-101', 'DH-CDS-144'].join(',');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('deephealth conformance adapter --platform clinical-decision-support', () => {
  it(
    'calls the adapter of this repository conformant: every case of CDS Hooks',
    async () => {
      const out = join(temporaryFolder(), 'report');
      const ours = [...PATIENTLY, '--', process.execPath, OURS];
      const { exitCode, stdout, stderr } = await adapter('--profile', 'cds', '--out', out, ...ours);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/target {3}deephealth-clinical-decision-support .* \(clinical-decision-support platform/);
      const { verdict, claim, results } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
      expect([verdict, claim.profiles]).toEqual(['conformant', ['cds']]);
      expect(results.filter(({ status }: { status: string }) => status !== 'pass')).toEqual([]);
      expect(results.length).toBeGreaterThan(150);
      expect(results.find(({ id }: { id: string }) => id === 'DH-CDS-036').standard).toEqual(['cds-hooks_2.0@54']);
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
      const judged = results.filter(({ status }: { status: string }) => status !== 'skipped');
      const others = judged.filter(({ status }: { status: string }) => status !== 'pass' && status !== 'notApplicable');
      expect(others).toEqual([]);
      expect([exitCode, verdict]).toEqual([3, 'partial']);
      expect(judged.filter(({ status }: { status: string }) => status === 'pass').length).toBeGreaterThan(30);
    },
    LIMIT_MS,
  );

  it.each([
    ['rounds its numbers', 'M-CDS-85', 'DH-CDS-101', /the card says 0\.88, and the runtime said 0\.8765432/],
    ['uses values of any age', 'M-CDS-44', 'DH-CDS-055', /expected status 412, got 200/],
    ['trusts everybody', 'M-CDS-104', 'DH-CDS-130', /expected status 401 or 403, got 200/],
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
    'judges a service that listens already by the settings that were exported for it, without a face of the contract',
    async () => {
      const folder = temporaryFolder();
      const [runtimePort, platformPort] = await Promise.all([freePort(), freePort()]);
      const ports = ['--runtime-port', String(runtimePort), '--platform-port', String(platformPort)];
      const exported = await deephealth('conformance', 'models', 'export', folder, '--platform', PLATFORM, ...ports);
      expect(exported.stdout).toMatch(/2 packages with bindings\/cds-hooks\.json/);
      const running = await startProgram(REFERENCE, ['--settings', join(folder, 'settings.json')]);
      try {
        const only = ['--profile', 'cds', '--only', SOME, '--json'];
        const { exitCode, stdout } = await adapter('--platform-url', running.platformFace, ...ports, ...only);
        const { verdict, results } = JSON.parse(stdout);
        expect([exitCode, verdict]).toEqual([3, 'partial']);
        const passed = results.filter(({ status }: { status: string }) => status === 'pass');
        expect([...new Set(passed.map(({ id }: { id: string }) => id))].join()).toBe(SOME);
      } finally {
        running.stop();
      }
    },
    LIMIT_MS,
  );

  it('says in explain and list which public requirement a case rests on', async () => {
    const [explained, listed] = await Promise.all([
      deephealth('conformance', 'explain', 'dh-cds-036'),
      deephealth('conformance', 'list', '--only', 'DH-CDS-036'),
    ]);
    expect(explained.stdout).toMatch(/Standard: cds-hooks_2\.0@54/);
    expect(explained.stdout).toMatch(/adapter --platform clinical-decision-support --only DH-CDS-036/);
    expect(explained.stdout).toMatch(/M-CDS-35 has nothing to say where data are missing/);
    expect(listed.stdout).toMatch(/DH-CDS-036 +MUST +cds .*cds-hooks_2\.0@54/);
  });

  it.each([
    [['--profile', 'oip', '--', 'x'], /has no profile "oip"/],
    [['--profile', 'cds'], /Give either --target/],
    [['--profile', 'cds', '--platform-url', 'http://x'], /give --platform-url, --runtime-port/],
    [['--profile', 'cds', '--only', 'DH-ADP-001', '--', 'x'], /no case "DH-ADP-001" of adapters/],
  ])('ends wrong usage %j with exit code 4', async (args, says) => {
    const { exitCode, stderr } = await deephealthHere(...OF_CDS, ...args);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(says);
  });
});
