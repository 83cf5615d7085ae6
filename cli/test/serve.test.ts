import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { describeAccelerator } from '@deephealth/runtime';
import { createRuntimeClient, type RuntimeClient, tensorFromValues, toContractTensor } from '@deephealth/sdk';
import { slowModel } from '@deephealth/sdk/testing';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { deephealth, deephealthHere, endProcesses, startDeephealth } from './cli-process.js';
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
      '--http-port',
      'off',
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

  it('serves HTTP beside it, on an address that it prints', async () => {
    const { server } = await serve(storeOf([vectorPackage]));
    const [, http = ''] = await server.printed(/^HTTP on (\S+) /m);
    expect(http).toMatch(/^127\.0\.0\.1:\d+$/);
    expect((await fetch(`http://${http}/v2/health/ready`)).status).toBe(200);
    expect(await (await fetch(`http://${http}/metrics`)).text()).toContain(
      'deephealth_model_state{model="vector",version="1.0.0",state="READY"} 1',
    );
  });

  it('serves no HTTP with --http-port off', async () => {
    const { server } = await serve(storeOf([]), '--http-port', 'off');
    server.send('SIGTERM');
    expect((await server.ended).stdout).not.toContain('HTTP on');
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

describe('the configuration of a server', () => {
  const write = (folder: string, name: string, document: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(document));
    return path;
  };
  const listen = { grpcPort: 0, httpPort: null };

  it('is the file that --config names, with model folders that start there', async () => {
    const store = storeOf([vectorPackage]);
    const path = write(dirname(store), 'ward.json', { models: [basename(store)], listen });
    const server = startDeephealth(['serve', '--config', path], { cwd: temporaryFolder() });
    const [, address = ''] = await server.printed(/Ready on (\S+)/);
    const client = createRuntimeClient({ address });
    clients.push(client);
    expect((await client.predict(request('vector', [1, 2, 3, 4]))).findings).toHaveLength(1);
    server.send('SIGTERM');
    const { stdout } = await server.ended;
    expect(stdout).toMatch(/^Configuration: ward\.json\nListening on /);
    expect(stdout).not.toContain(dirname(path));
  });

  const folderWithConfig = () => {
    const cwd = temporaryFolder();
    write(cwd, 'deephealth.config.json', { models: [storeOf([])], listen });
    return cwd;
  };

  it('is deephealth.config.json of the working folder if there is one, and the first line says so', async () => {
    const cwd = folderWithConfig();
    const server = startDeephealth(['serve'], { cwd });
    await server.printed(/Ready on/);
    server.send('SIGTERM');
    expect((await server.ended).stdout).toMatch(/^Configuration: deephealth\.config\.json\nListening on /);
  });

  it('is named in the JSON of --json too', async () => {
    const json = startDeephealth(['serve', '--json'], { cwd: folderWithConfig() });
    await json.printed(/^}$/m);
    json.send('SIGTERM');
    expect(JSON.parse((await json.ended).stdout)).toMatchObject({ config: 'deephealth.config.json' });
  });

  it('gives way to the flags', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = other.address() as { port: number };
      const path = write(temporaryFolder(), 'ward.json', {
        models: [`${temporaryFolder()}/absent`],
        listen: { host: '192.0.2.1', grpcPort: port, httpPort: port },
        log: { level: 'error' },
      });
      const server = startDeephealth([
        ...['serve', '--config', path, '--models', storeOf([vectorPackage]), '--host', '127.0.0.1', '--port', '0'],
        ...['--http-port', 'off', '--log-level', 'info'],
      ]);
      await server.printed(/Ready on 127\.0\.0\.1:/);
      server.send('SIGTERM');
      const { exitCode, stderr } = await server.ended;
      expect(exitCode).toBe(0);
      expect(stderr).toContain('"event":"server.ready"');
    } finally {
      other.close();
    }
  });

  it('is refused with the name of the field if it is wrong, and nothing is started', async () => {
    const path = write(temporaryFolder(), 'ward.json', { models: ['models'], listen: { grpcPrt: 0 } });
    const plain = await deephealth('serve', '--config', path);
    expect({ exitCode: plain.exitCode, stdout: plain.stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(plain.stderr).toBe(
      'DH_CONFIG_INVALID: ward.json: Field "/listen" holds "grpcPrt", which is not a setting. Did you mean "grpcPort"?\n',
    );
    const json = await deephealth('serve', '--config', path, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: { code: 'DH_CONFIG_INVALID', details: { file: 'ward.json', field: '/listen/grpcPrt' } },
    });
  });

  it('that names no model store, by file or flag, is wrong usage', async () => {
    const path = write(temporaryFolder(), 'ward.json', { listen });
    const { exitCode, stdout, stderr } = await deephealth('serve', '--config', path);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/--models <folder\.\.\.>.*"models" in ward\.json/);
  });

  it('that is not there is refused without its path', async () => {
    const absent = join(temporaryFolder(), 'absent.json');
    const { exitCode, stderr } = await deephealth('serve', '--config', absent);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DH_CONFIG_INVALID: absent\.json is not there/);
    expect(stderr).not.toContain(absent);
  });

  it.each(['8080x', '65536', '-1', 'on', ''])('takes no HTTP port "%s"', async (port) => {
    const { exitCode, stderr } = await deephealthHere('serve', '--models', '.', '--http-port', port);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/--http-port/);
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
    const segments = segmentsOf(server.pid);
    if (describeAccelerator().startsWith('The native addon serves')) expect(segments.length).toBeGreaterThanOrEqual(2);
    server.send('SIGKILL');
    expect((await server.ended).signal).toBe('SIGKILL');
    await vi.waitFor(() => expect(isRunning(host)).toBe(false), { timeout: 2000, interval: 20 });
    expect(await lost).toBeInstanceOf(Error);
    // Shared memory has no name: it is gone with the last process that has it mapped or open.
    const holders = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && holdsOne(Number(pid), segments));
    expect(holders).toEqual([]);
  });

  it('end after the time that running requests have, though one never ends', async () => {
    const { server, client } = await serve(storeOf([endlessPackage]), '--run-timeout', '600', '--drain-grace', '0.2');
    const { lost } = await startEndlessRun(server.pid, client);
    server.send('SIGTERM');
    expect(await server.ended).toMatchObject({ exitCode: 0, signal: null });
    expect(await lost).toBeInstanceOf(Error);
    await vi.waitFor(() => expect(hosts.filter(isRunning)).toEqual([]), { timeout: 2000, interval: 20 });
  });

  it.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGTERM', 'SIGINT'],
    ['SIGINT', 'SIGINT'],
  ] as const)('end at once when %s is followed by %s, whatever still runs', async (first, second) => {
    const { server, client, address } = await serve(
      storeOf([endlessPackage]),
      ...['--run-timeout', '600', '--drain-grace', '600'],
    );
    const { lost } = await startEndlessRun(server.pid, client);
    server.send(first);
    await vi.waitFor(async () => expect(await isListening(address)).toBe(false), { timeout: 5000, interval: 20 });
    expect(hosts.every(isRunning)).toBe(true);
    server.send(second);
    expect(await server.ended).toMatchObject({ exitCode: null, signal: second });
    await vi.waitFor(() => expect(hosts.filter(isRunning)).toEqual([]), { timeout: 2000, interval: 20 });
    expect(await lost).toBeInstanceOf(Error);
  });

  /** Resolves once the one host of the server is inside a run that never ends; with what becomes of it. */
  async function startEndlessRun(serverPid: number, client: RuntimeClient): Promise<{ lost: Promise<unknown> }> {
    const [host = 0] = childrenOf(serverPid);
    hosts.push(host);
    const idle = processorTicks(host);
    const lost = client.predict(request('endless', [1, 1, 1, 1])).catch((error: unknown) => error);
    await vi.waitFor(() => expect(processorTicks(host)).toBeGreaterThan(idle + 20), { timeout: 10_000, interval: 20 });
    return { lost };
  }
});

/** Inodes of the shared memory that a process has mapped; none of a process that is gone. */
function segmentsOf(pid: number): string[] {
  try {
    const lines = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
    return lines.filter((line) => line.includes('memfd:deephealth')).map((line) => line.split(/\s+/)[4] as string);
  } catch {
    return [];
  }
}

function holdsOne(pid: number, segments: readonly string[]): boolean {
  return segmentsOf(pid).some((inode) => segments.includes(inode));
}

function isListening(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
