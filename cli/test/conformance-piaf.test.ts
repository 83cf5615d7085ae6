import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { startProgram } from './adapter-process.js';
import { deephealth, endProcesses } from './cli-process.js';
import { fileOf, freePort, type Result } from './platform-commands.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const REFERENCE = fileOf('conformance/bin/reference-piaf.mjs');
const LIMIT_MS = 180_000;
const CASES = ['--profile', 'processing-chain', '--json', '--only'];

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const adapter = (...args: string[]) => deephealth('conformance', 'adapter', '--platform', 'piaf', ...args);
const command = ['--', process.execPath, REFERENCE, '--settings', '{settings}'];
/** What became of each case that was asked for, of several runs what was wrong. */
function judged(stdout: string): Record<string, string> {
  const { results } = JSON.parse(stdout) as { results: readonly Result[] };
  const asked = results.filter(({ status }) => status !== 'skipped');
  const wrong = asked.filter(({ status }) => status !== 'pass');
  return Object.fromEntries([...asked, ...wrong].map(({ id, status }) => [id, status]));
}

describe('deephealth conformance adapter --platform piaf', () => {
  it(
    'kills the process of a service and starts it again, and calls one right that goes on',
    async () => {
      const { stdout } = await adapter(...CASES, 'DH-PIAF-010,DH-PIAF-051,DH-PIAF-080', ...command);
      expect(judged(stdout)).toEqual({ 'DH-PIAF-010': 'pass', 'DH-PIAF-051': 'pass', 'DH-PIAF-080': 'pass' });
    },
    LIMIT_MS,
  );

  it.each([
    ['begins anew after it was killed', 'M-PIAF-82', 'DH-PIAF-080', /asked about again/],
    ['writes beside its folder', 'M-PIAF-47', 'DH-PIAF-037', /written outside of the state folder/],
  ])(
    'calls one that %s not conformant, and says why',
    async (_, mutant, only, says) => {
      const { exitCode, stdout } = await adapter(...CASES, only, ...command, '--mutant', mutant);
      expect([exitCode, judged(stdout)]).toEqual([1, { [only]: 'fail' }]);
      expect(stdout).toMatch(says);
    },
    LIMIT_MS,
  );

  it(
    'judges a service that listens already by what was exported for it; to kill it does not apply',
    async () => {
      const folder = temporaryFolder();
      const ports = ['--runtime-port', String(await freePort()), '--platform-port', String(await freePort())];
      const written = await deephealth('conformance', 'models', 'export', folder, '--platform', 'piaf', ...ports);
      expect(written.stdout).toMatch(/4 packages with bindings\/processing-chain\.json/);
      const running = await startProgram(REFERENCE, ['--settings', join(folder, 'settings.json')]);
      try {
        const url = ['--platform-url', running.platformFace];
        const { stdout } = await adapter(...CASES, 'DH-PIAF-011,DH-PIAF-051,DH-PIAF-080', ...url, ...ports);
        expect(judged(stdout)).toEqual({
          'DH-PIAF-011': 'pass',
          'DH-PIAF-051': 'pass',
          'DH-PIAF-080': 'notApplicable',
        });
      } finally {
        running.stop();
      }
    },
    LIMIT_MS,
  );

  it('says in explain and list what a case is about', async () => {
    const [said, listed] = await Promise.all([
      deephealth('conformance', 'explain', 'dh-piaf-073'),
      deephealth('conformance', 'list', '--profile', 'processing-chain'),
    ]);
    expect(said.stdout).toContain('adapter --platform piaf --only DH-PIAF-073');
    expect(said.stdout).toMatch(/M-PIAF-78 takes answers of any package/);
    expect(listed.stdout).toMatch(/DH-PIAF-080 +MUST +processing-chain/);
  });
});
