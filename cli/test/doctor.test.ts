import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';

afterEach(endProcesses);

interface Report {
  readonly checks: readonly { readonly name: string; readonly status: string; readonly message: string }[];
}

const NAMES = ['node', 'compiler', 'port', 'engine', 'telemetry', 'isolation', 'machine'];

describe('deephealth doctor', () => {
  it('finds this machine ready: every check in JSON, telemetry off, exit code 0', async () => {
    const { exitCode, stdout, stderr } = await deephealth('doctor', '--port', '0', '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { checks } = JSON.parse(stdout) as Report;
    expect(checks.map(({ name }) => name)).toEqual(NAMES);
    expect(checks.filter(({ status }) => status === 'problem')).toEqual([]);
    const of = (name: string) => checks.find((check) => check.name === name);
    expect(of('engine')).toMatchObject({ status: 'ok', message: expect.stringMatching(/onnxruntime-node.*cpu/) });
    expect(of('telemetry')).toMatchObject({ status: 'ok' });
    expect(of('node')?.message).toContain(process.versions.node);
  });

  it('prints the same as a table', async () => {
    const { exitCode, stdout } = await deephealth('doctor', '--port', '0');
    expect(exitCode).toBe(0);
    for (const name of NAMES) expect(stdout).toMatch(new RegExp(`^${name} +(ok|warning) +\\S`, 'm'));
  });

  it('calls a port in use a problem, says how to mend it, and ends with exit code 1', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = other.address() as { port: number };
      const { exitCode, stdout } = await deephealth('doctor', '--port', String(port), '--json');
      expect(exitCode).toBe(1);
      const problems = (JSON.parse(stdout) as Report).checks.filter(({ status }) => status === 'problem');
      expect(problems).toEqual([
        { name: 'port', status: 'problem', message: expect.stringMatching(new RegExp(`${port}.*--port`)) },
      ]);
    } finally {
      other.close();
    }
  });
});
