import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startAdapter } from './adapter-process.js';
import { deephealth, deephealthHere, endProcesses } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const ADAPTER = fileURLToPath(new URL('../../conformance/bin/reference-adapter.mjs', import.meta.url));
const LAUNCHED = ['--', process.execPath, ADAPTER, '--runtime', '{runtime}', '--platform', '{platform}'];
const LIMIT_MS = 180_000;

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const adapter = (...args: string[]) => deephealth('conformance', 'adapter', ...args);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('deephealth conformance adapter', () => {
  it(
    'calls an adapter that keeps the contract on both faces conformant, in the four reports too',
    async () => {
      const out = temporaryFolder();
      const { exitCode, stdout, stderr } = await adapter('--out', out, ...LAUNCHED);
      const failed = stdout.split('\n').filter((line) => /FAIL|ERROR|expected/.test(line));
      expect([exitCode, stderr, failed]).toEqual([0, '', []]);
      expect(stdout).toMatch(/target {3}deephealth-conformance-adapter 0\.1\.0 \(generic platform/);
      expect(stdout).toMatch(/ CONFORMANT {2}.*\d+ pass\n$/);
      const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
      expect(report).toMatchObject({ verdict: 'conformant', claim: { profiles: ['adapter-common'] } });
      expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toContain('failures="0" errors="0"');
      expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('--platform generic -- ');
    },
    LIMIT_MS,
  );

  it(
    'calls one that drops units not conformant, and says what it drops',
    async () => {
      const { exitCode, stdout } = await adapter('--only', 'dh-adp-013', ...LAUNCHED, '--mutant', 'M-ADP-01');
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/FAIL +DH-ADP-013\[aspect=units\] findings-are-kept/);
      expect(stdout).toMatch(/units of the regression: .*expected .*mm\[Hg\].*, got nothing/);
      expect(stdout).toMatch(/NOT CONFORMANT/);
    },
    LIMIT_MS,
  );

  it(
    'judges one that listens already, once it is told where the runtime and the platform will be',
    async () => {
      const [runtimePort, platformPort] = await Promise.all([freePort(), freePort()]);
      const running = await startAdapter(ADAPTER, runtimePort, platformPort);
      try {
        const { exitCode, stdout } = await adapter(
          ...['--target', running.address, '--platform-url', running.platformFace],
          ...['--runtime-port', String(runtimePort), '--platform-port', String(platformPort)],
          ...['--only', 'DH-ADP-014,DH-ADP-016', '--json'],
        );
        const { verdict, results } = JSON.parse(stdout);
        expect([exitCode, verdict]).toEqual([3, 'partial']);
        const passed = results.filter(({ status }: { status: string }) => status === 'pass');
        expect(passed.map(({ id }: { id: string }) => id)).toEqual(['DH-ADP-014', 'DH-ADP-016']);
      } finally {
        running.stop();
      }
    },
    LIMIT_MS,
  );

  it('has one that ends, or that does not say where the platform finds it, as an error of its own', async () => {
    const [gone, mute] = await Promise.all([
      adapter('--', process.execPath, '-e', 'console.error("no licence"); process.exit(7)'),
      adapter('--', process.execPath, '-e', 'console.log("DH|1|1|tcp|127.0.0.1:1"); setInterval(() => 0, 1000)'),
    ]);
    expect([gone.exitCode, mute.exitCode]).toEqual([2, 2]);
    expect(gone.stderr).toMatch(/it ended \(7\) before its handshake\. no licence/);
    expect(mute.stderr).toMatch(/it printed no line DH-ADAPTER/);
  });

  it.each([
    [[], /Give either --target/],
    [['--target', 'x:1'], /give --platform-url, --runtime-port and --platform-port/],
    [['--target', 'x:1', '--platform-url', 'x', '--runtime-port', '1', '--platform-port', '2'], /must be a URL/],
    [['--runtime-port', '0', '--', 'x'], /A port is a number/],
    [['--only', 'DH-ERR-001', '--', 'x'], /no case "DH-ERR-001" of adapters/],
    [['--time-scale', '0', '--', 'x'], /--time-scale must be/],
  ])('ends wrong usage %j with exit code 4', async (args, says) => {
    const { exitCode, stderr } = await deephealthHere('conformance', 'adapter', ...args);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(says);
  });
});
