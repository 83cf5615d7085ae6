import { createServer } from 'node:net';
import { createRuntimeClient, type RuntimeClient, tensorFromValues, toContractTensor } from '@deephealth/sdk';
import { slowModel } from '@deephealth/sdk/testing';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { deephealth, endProcesses, startDeephealth } from './cli-process.js';
import { childrenOf, isRunning, processorTicks } from './process-tree.js';
import { brokenPackage, endlessPackage, storeOf, vectorPackage } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const clients: RuntimeClient[] = [];
const hosts: number[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await endProcesses();
  // Hosts that a failed test has left behind.
  for (const pid of hosts.splice(0).filter(isRunning)) process.kill(pid, 'SIGKILL');
});
afterAll(removeTemporaryFolders);

async function serve(store: string, ...args: string[]) {
  const server = startDeephealth(['serve', '--models', store, '--port', '0', ...args]);
  const [, address = ''] = await server.printed(/Ready on (\S+)/);
  const client = createRuntimeClient({ address });
  clients.push(client);
  return { server, address, client };
}
const request = (modelName: string, values: readonly number[]) => ({
  modelName,
  inputs: [{ name: 'x', tensor: toContractTensor(tensorFromValues('FP32', [1, 4], values)) }],
});

describe('deephealth serve', () => {
  it('prints where it listens and what became of each model, and answers there', async () => {
    const { server, client, address } = await serve(storeOf([vectorPackage, brokenPackage]));
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    const response = await client.predict(request('vector', [1, 2, 3, 4]));
    expect(response.findings[0]?.tensor?.data.readFloatLE(12)).toBe(4);
    server.send('SIGTERM');
    const { exitCode, stdout, stderr } = await server.ended;
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Listening on ${address}; verifying 2 model versions`, 'm'));
    expect(stdout).toMatch(/^vector +1\.0\.0 +READY$/m);
    expect(stdout).toMatch(/^broken +1\.0\.0 +QUARANTINED +Golden case "ramp"/m);
    // The log: JSON lines, on standard error only.
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toContainEqual(expect.objectContaining({ model: 'broken' }));
  });

  it('prints with --json one document once all models are verified, and nothing else', async () => {
    const server = startDeephealth([
      'serve',
      '--models',
      storeOf([vectorPackage, brokenPackage]),
      '--port',
      '0',
      '--json',
    ]);
    await server.printed(/^}$/m);
    server.send('SIGTERM');
    const { exitCode, stdout } = await server.ended;
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      models: [
        expect.objectContaining({ name: 'broken', state: 'QUARANTINED', reason: 'DH_GOLDEN_MISMATCH' }),
        { name: 'vector', version: '1.0.0', state: 'READY', packageSha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ],
    });
  });

  it('refuses to leave loopback without --insecure-i-know', async () => {
    const store = storeOf([]);
    for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
      const { exitCode, stdout, stderr } = await deephealth('serve', '--models', store, '--host', host, '--port', '0');
      expect({ host, exitCode, stdout }).toEqual({ host, exitCode: 1, stdout: '' });
      expect(stderr).toMatch(/^DH_INSECURE_BIND_REFUSED: .*--insecure-i-know/);
    }
  });

  it('says so if the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = other.address() as { port: number };
      const args = ['serve', '--models', storeOf([]), '--port', String(port)];
      const plain = await deephealth(...args);
      expect(plain.exitCode).toBe(1);
      expect(plain.stderr).toMatch(new RegExp(`^DH_PORT_IN_USE: .*${port}`, 'm'));
      const json = await deephealth(...args, '--json');
      expect(json.exitCode).toBe(1);
      expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'DH_PORT_IN_USE' } });
    } finally {
      other.close();
    }
  });

  it('refuses a model store that is not there, without its path', async () => {
    const absent = `${temporaryFolder()}/absent`;
    const { exitCode, stderr } = await deephealth('serve', '--models', absent, '--port', '0');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DH_STORE_UNREADABLE: /);
    expect(stderr).not.toContain(absent);
  });
});

describe.skipIf(process.platform !== 'linux')('the processes of a server', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('all end after %s, with exit code 0', async (signal) => {
    const { server } = await serve(storeOf([vectorPackage, { ...vectorPackage, name: 'other' }]));
    hosts.push(...childrenOf(server.pid));
    const found = [...hosts];
    expect(found).toHaveLength(2);
    expect(found.every(isRunning)).toBe(true);
    server.send(signal);
    expect(await server.ended).toMatchObject({ exitCode: 0, signal: null });
    await vi.waitFor(() => expect(found.filter(isRunning)).toEqual([]), { timeout: 2000, interval: 20 });
  });

  it('end with exit code 0 also if the stop comes while models are still being verified', async () => {
    const store = storeOf([{ ...vectorPackage, name: 'slow', model: slowModel({ work: 20 }) }]);
    const server = startDeephealth(['serve', '--models', store, '--port', '0']);
    await server.printed(/Listening on/);
    await vi.waitFor(() => expect(childrenOf(server.pid)).toHaveLength(1), { timeout: 5000, interval: 10 });
    hosts.push(...childrenOf(server.pid));
    const found = [...hosts];
    server.send('SIGTERM');
    const { exitCode, stdout } = await server.ended;
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('Ready on');
    await vi.waitFor(() => expect(found.filter(isRunning)).toEqual([]), { timeout: 2000, interval: 20 });
  });

  it('finish the running request first, though Ctrl-C in a terminal reaches the model host too', async () => {
    const { server, client } = await serve(
      storeOf([{ ...vectorPackage, name: 'slow', model: slowModel({ work: 3 }) }]),
    );
    const [host = 0] = childrenOf(server.pid);
    hosts.push(host);
    const idle = processorTicks(host);
    const answer = client.predict(request('slow', [1, 2, 3, 4]));
    await vi.waitFor(() => expect(processorTicks(host)).toBeGreaterThan(idle + 3), { timeout: 5000, interval: 10 });
    server.send('SIGINT', 'group');
    expect((await answer).findings[0]?.tensor?.data.readFloatLE(12)).toBe(4);
    expect((await server.ended).exitCode).toBe(0);
  });

  it('leave no model host behind when the server is killed in the middle of an endless run', async () => {
    const { server, client } = await serve(storeOf([endlessPackage]), '--run-timeout', '600');
    const [host = 0, ...others] = childrenOf(server.pid);
    expect(others).toEqual([]);
    hosts.push(host);
    const idle = processorTicks(host);
    const lost = client.predict(request('endless', [1, 1, 1, 1])).catch((error: unknown) => error);
    // It is inside the loop once it has burnt 200 ms of processor time on a graph of two additions.
    await vi.waitFor(() => expect(processorTicks(host)).toBeGreaterThan(idle + 20), { timeout: 10_000, interval: 20 });
    server.send('SIGKILL');
    expect((await server.ended).signal).toBe('SIGKILL');
    await vi.waitFor(() => expect(isRunning(host)).toBe(false), { timeout: 2000, interval: 20 });
    expect(await lost).toBeInstanceOf(Error);
  });
});
