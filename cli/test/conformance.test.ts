import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReferenceRuntime, serveReference, writeModels } from '@deephealth/conformance';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

/** Every case, on a machine that does other things too. */
const WHOLE_SUITE_MS = 180_000;
let target: Awaited<ReturnType<typeof serveReference>>;

beforeAll(async () => {
  target = await serveReference(new ReferenceRuntime(writeModels(temporaryFolder())));
});
afterEach(endProcesses);
afterAll(() => {
  target.stop();
  removeTemporaryFolders();
});

describe('deephealth conformance runtime', () => {
  it(
    'calls a target that keeps the contract conformant, in the four reports too',
    async () => {
      const out = temporaryFolder();
      const { exitCode, stdout } = await deephealth('conformance', 'runtime', '--target', target.address, '--out', out);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/CONFORMANT {2}\d+ pass\n$/);
      expect(stdout.split('\n').length).toBeLessThanOrEqual(40);
      const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
      expect(report).toMatchObject({ verdict: 'conformant', target: { name: 'deephealth-conformance-reference' } });
      expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toContain('failures="0" errors="0"');
      expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Conformant: ');
      expect(readFileSync(join(out, 'badge.svg'), 'utf8')).toContain('core+streaming');
    },
    WHOLE_SUITE_MS,
  );

  it('judges a part as partial', async () => {
    const { exitCode, stdout } = await deephealth(
      ...['conformance', 'runtime', '--target', target.address, '--only', 'dh-err-004', '--json'],
    );
    const { verdict, results } = JSON.parse(stdout);
    expect([exitCode, verdict]).toEqual([3, 'partial']);
    const judged = results.filter(({ status }: { status: string }) => status === 'pass');
    expect(new Set(judged.map(({ id }: { id: string }) => id))).toEqual(new Set(['DH-ERR-004']));
  });

  it('has a target that does not answer, or that ends at once, as no verdict but an error of its own', async () => {
    const [silent, gone] = await Promise.all([
      deephealth('conformance', 'runtime', '--target', '127.0.0.1:1'),
      deephealth(
        'conformance',
        'runtime',
        '--',
        process.execPath,
        '-e',
        'console.error("no licence"); process.exit(7)',
      ),
    ]);
    expect([silent.exitCode, gone.exitCode]).toEqual([2, 2]);
    expect(silent.stderr).toMatch(/nothing that speaks HTTP\/2 answers/);
    expect(gone.stderr).toMatch(/it ended \(7\) before its handshake\. no licence/);
  });

  it.each([
    [[], /Give either --target/],
    [['--target', 'x:1', '--profile', 'everything'], /no profile "everything"/],
    [['--target', 'x:1', '--only', 'DH-NONE-001'], /no case "DH-NONE-001"/],
    [['--target', 'x:1', '--time-scale', '0'], /--time-scale must be/],
  ])('ends wrong usage %j with exit code 4', async (args, says) => {
    const { exitCode, stderr } = await deephealth('conformance', 'runtime', ...args);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(says);
  });
});

describe('deephealth conformance explain', () => {
  it('says what a case requires, in the words of the contract, and what it must catch', async () => {
    const { exitCode, stdout } = await deephealth('conformance', 'explain', 'dh-err-009');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/DH-R-006: A declared, required input that is absent MUST be refused/);
    expect(stdout).toMatch(/Must be failed by: M-ERR-11/);
  });

  it('names the way to all cases for one that there is not', async () => {
    const { exitCode, stderr } = await deephealth('conformance', 'explain', 'DH-X-1');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/deephealth conformance list/);
  });
});
