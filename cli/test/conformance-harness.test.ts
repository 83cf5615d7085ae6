import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deephealth, deephealthHere, endProcesses } from './cli-process.js';
import { removeTemporaryFolders } from './temporary-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = (...path: string[]) => `"${process.execPath}" "${join(root, ...path)}"`;
const REFERENCE = program('conformance', 'bin', 'reference-harness.mjs');
// Each case ends with a start, which verifies all models: these two are small.
const OURS = `${program('cli', 'test', 'serve-harness.mjs')} conformance-matmul conformance-relu`;

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

interface Report {
  readonly verdict: string;
  readonly results: readonly { readonly id: string; readonly status: string; readonly detail: string }[];
}

/** Exit code, verdict and what became of the cases that were asked for. */
async function judge(harness: string, only: readonly string[], ...more: string[]) {
  const args = ['conformance', 'runtime', '--harness', harness, '--only', only.join(','), '--json', ...more];
  const { exitCode, stdout, stderr } = await deephealth(...args);
  const { verdict, results }: Report = stdout === '' ? { verdict: '', results: [] } : JSON.parse(stdout);
  const asked = results.filter(({ id }) => only.includes(id));
  return {
    exitCode,
    verdict,
    stderr,
    asked: asked.map(({ id, status, detail }) => `${id} ${status} ${detail}`.trim()),
  };
}

describe('deephealth conformance runtime --harness', () => {
  it('steers the reference runtime', async () => {
    const { exitCode, verdict, asked } = await judge(REFERENCE, ['DH-HRN-004', 'DH-HRN-007']);
    expect(asked).toEqual(['DH-HRN-004 pass', 'DH-HRN-007 pass']);
    expect([exitCode, verdict]).toEqual([3, 'partial']);
  });

  it('finds a mutant through its harness', async () => {
    const { exitCode, asked } = await judge(`${REFERENCE} --mutant M-HRN-08`, ['DH-HRN-004']);
    expect(exitCode).toBe(1);
    expect(asked[0]).toMatch(/^DH-HRN-004 fail .*MODEL_UNLOADED/);
  });

  it.runIf(process.platform === 'linux')(
    'steers our own runtime from outside: its hosts are lost, its store cannot be read, it is started again',
    async () => {
      const ids = ['DH-HRN-001', 'DH-HRN-004', 'DH-HRN-005', 'DH-HRN-006'];
      const { exitCode, verdict, asked } = await judge(OURS, ids, '--partial-models');
      const unable = 'DH-HRN-005 notApplicable the harness cannot inject runError';
      expect(asked).toEqual(ids.map((id) => (id === 'DH-HRN-005' ? unable : `${id} pass`)));
      expect([exitCode, verdict]).toEqual([3, 'partial']);
    },
    240_000,
  );

  it('has a harness that does not work as an error of its own', async () => {
    const gone = await judge(`"${process.execPath}" -e "console.error('no licence'); process.exit(7)"`, ['DH-HRN-007']);
    expect(gone.exitCode).toBe(2);
    expect(gone.stderr).toMatch(
      /the harness: it ended \(7\) before it had answered "start"\. It last logged: no licence/,
    );
    const mute = await judge('/none/such/program', ['DH-HRN-007']);
    expect(mute.exitCode).toBe(2);
    expect(mute.stderr).toMatch(/the harness: "\/none\/such\/program" could not be started/);
  });

  it.each([
    [['--harness', 'a', '--target', 'x:1'], /Give either --target/],
    [['--harness', '  '], /--harness names no program/],
    [['--harness', 'a "b'], /--harness: a quote is not closed/],
  ])('ends wrong usage %j with exit code 4', async (args, says) => {
    const { exitCode, stderr } = await deephealthHere('conformance', 'runtime', ...args);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(says);
  });
});
