// Nothing leaves the machine, and nothing is written that could identify it: looked up in /proc of a
// server that runs as a process, the way it runs in a hospital.
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFullyIsolated, openIsolation } from '@deephealth/runtime';
import { createRuntimeClient, type RuntimeClient } from '@deephealth/sdk';
import { buildTestPackage } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityPackage, tensorInput, valuesOf } from './test-server.js';

const COMMAND = fileURLToPath(new URL('../../cli/bin/deephealth.mjs', import.meta.url));

// ONNX Runtime keeps its telemetry off by itself where it sees one of these; a hospital has none.
const CI_VARIABLES = [
  'CI',
  'GITHUB_ACTIONS',
  'TF_BUILD',
  'JENKINS_URL',
  'BUILDKITE',
  'CIRCLECI',
  'GITLAB_CI',
  'TRAVIS',
];
const CANARY = 'canary-7f3a91';

/** What a host may know; the last four are set by the shell that limits its memory where no launcher does. */
const HOST_VARIABLES = [
  ...['PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH'],
  ...[
    'ORT_DISABLE_TELEMETRY',
    'DEEPHEALTH_HOST_MEMORY_BYTES',
    // Which of its descriptors are shared memory.
    'DEEPHEALTH_HOST_INPUTS',
    'DEEPHEALTH_HOST_RESULTS',
    // That it is to give up the rest by itself.
    'DEEPHEALTH_HOST_SEAL',
    'OPENSSL_CONF',
    // What the server was told of the addon holds for its hosts.
    'DEEPHEALTH_NATIVE',
  ],
  ...['PWD', 'OLDPWD', 'SHLVL', '_'],
];

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

function environmentOf(pid: number): Record<string, string> {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  return Object.fromEntries(
    entries.map((entry) => [entry.split('=', 1)[0] ?? '', entry.slice(entry.indexOf('=') + 1)]),
  );
}

const librariesOf = (pid: number): string[] => [
  ...new Set(readFileSync(`/proc/${pid}/maps`, 'utf8').match(/[^/\s]*onnxruntime[^/\s]*\.(so[.\d]*|node)$/gm) ?? []),
];

/** Whether an address of /proc/net/{tcp,udp}{,6} is one of this machine to itself. */
function isLoopback(address: string): boolean {
  const [ip = ''] = address.split(':');
  // Words of four bytes in the machine's order, which is little-endian on all that ONNX Runtime is built for.
  if (ip.length === 8) return ip.endsWith('7F');
  const mapped = ip.startsWith('0000000000000000FFFF0000') && ip.endsWith('7F');
  return mapped || ip === '00000000000000000000000001000000';
}

/** Sockets of a process that are neither local to the machine by their kind nor bound to loopback. */
function foreignSockets(pid: number): string[] {
  const table = (name: string) => {
    const file = `/proc/${pid}/net/${name}`;
    return existsSync(file)
      ? readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .slice(1)
          .map((row) => row.trim().split(/\s+/))
      : [];
  };
  const known = new Map<string, string | undefined>();
  for (const row of table('unix')) known.set(row[6] ?? '', undefined);
  for (const kind of ['tcp', 'tcp6', 'udp', 'udp6']) {
    for (const row of table(kind)) {
      const [, local = '', remote = ''] = row;
      const isOpenEnded = /^0+:0000$/.test(remote);
      const isLocal = isLoopback(local) && (isOpenEnded || isLoopback(remote));
      known.set(row[9] ?? '', isLocal ? undefined : `${kind} ${local} to ${remote}`);
    }
  }
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    let inode: string | undefined;
    try {
      inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
    } catch {
      // Closed since the folder was listed.
    }
    if (inode === undefined) return [];
    return known.has(inode) ? (known.get(inode) ?? []) : [`socket ${inode} of another kind`];
  });
}

/** Where ONNX Runtime 1.30 writes an identifier of the machine and its queue of events, if it may. */
const telemetryFolder = (home: string) => join(home, '.cache', 'Microsoft', 'DeveloperTools', '.onnxruntime');

/** Files below a folder with the time of their last change; empty if there is none. */
function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => `${file} ${statSync(file).mtimeMs}`);
}

const home = mkdtempSync(join(tmpdir(), 'deephealth-home-'));
const store = mkdtempSync(join(tmpdir(), 'deephealth-test-'));
// A host knows no HOME; ONNX Runtime would then ask the account for it.
const accountFolder = telemetryFolder(userInfo().homedir);
const accountFiles = filesBelow(accountFolder);
afterAll(() => {
  for (const folder of [home, store]) rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(process.platform !== 'linux')('a server that has answered', () => {
  let server: ChildProcess;
  let client: RuntimeClient;
  let serverPid: number;
  let hostPid: number;
  const foreign = new Set<string>();

  beforeAll(async () => {
    buildTestPackage(store, identityPackage);
    const { ...env } = process.env;
    for (const name of [...CI_VARIABLES, 'ORT_DISABLE_TELEMETRY', 'XDG_CACHE_HOME']) delete env[name];
    server = spawn(process.execPath, [COMMAND, 'serve', '--models', store, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...env, HOME: home, DEEPHEALTH_TEST_SECRET: CANARY },
    });
    const address = await new Promise<string>((resolve, reject) => {
      let printed = '';
      server.stdout?.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        const ready = /Ready on (\S+)/.exec(printed)?.[1];
        if (ready !== undefined) resolve(ready);
      });
      server.once('exit', () => reject(new Error(`the server ended: ${printed}`)));
    });
    serverPid = server.pid as number;
    const hosts = childrenOf(serverPid);
    expect(hosts).toHaveLength(1);
    hostPid = hosts[0] as number;
    client = createRuntimeClient({ address });
    for (let i = 0; i < 20; i++) {
      const response = await client.predict({ modelName: 'identity', inputs: [tensorInput('x', [i, 1, 2, 3])] });
      expect(valuesOf(response)).toEqual([i, 1, 2, 3]);
      for (const socket of [...foreignSockets(serverPid), ...foreignSockets(hostPid)]) foreign.add(socket);
    }
  });

  afterAll(async () => {
    client?.close();
    if (server !== undefined && server.exitCode === null && server.signalCode === null) {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
    }
  });

  it('runs its model in a process whose telemetry is off', () => {
    expect(environmentOf(hostPid)).toMatchObject({ ORT_DISABLE_TELEMETRY: '1' });
  });

  it('gives that process none of its own variables', () => {
    expect(environmentOf(serverPid)).toMatchObject({ DEEPHEALTH_TEST_SECRET: CANARY, HOME: home });
    const names = Object.keys(environmentOf(hostPid));
    expect(names.filter((name) => !HOST_VARIABLES.includes(name))).toEqual([]);
    for (const file of ['environ', 'cmdline'])
      expect(readFileSync(`/proc/${hostPid}/${file}`, 'utf8')).not.toContain(CANARY);
  });

  it.skipIf(!isFullyIsolated(openIsolation()))('confines that process', () => {
    const status = readFileSync(`/proc/${hostPid}/status`, 'utf8');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
      expect(status).toMatch(new RegExp(`^${set}:\\s+0+$`, 'm'));
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    // The launcher's filter, and the one that Node's start had to be over for.
    expect(status).toMatch(/^Seccomp_filters:\s+2$/m);
    const limits = readFileSync(`/proc/${hostPid}/limits`, 'utf8');
    expect(limits).toMatch(/^Max core file size\s+0\s+0/m);
    expect(limits).toMatch(/^Max open files\s+1024\s+1024/m);
    expect(limits).toMatch(/^Max data size\s+[0-9]+/m);
    expect(readFileSync(`/proc/${hostPid}/oom_score_adj`, 'utf8').trim()).toBe('500');
    expect(readFileSync(`/proc/${hostPid}/cmdline`, 'utf8')).not.toContain(store);
    const { TMPDIR = '' } = environmentOf(hostPid);
    expect(statSync(TMPDIR).mode & 0o777).toBe(0o700);
  });

  it('has not loaded the inference engine itself; the process of the model has', () => {
    expect(librariesOf(hostPid)).toContainEqual(expect.stringMatching(/^libonnxruntime\.so/));
    expect(librariesOf(serverPid)).toEqual([]);
  });

  it('has written no file to its home, nor an identifier of the machine to that of the account', () => {
    expect(filesBelow(home)).toEqual([]);
    expect(filesBelow(accountFolder)).toEqual(accountFiles);
  });

  it('has had no socket, nor its model, that leaves the machine', () => {
    expect([...foreign]).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('the look at sockets', () => {
  it('notices one that is open to other machines, and leaves those on loopback alone', async () => {
    const tcp = createServer();
    const udp = createSocket('udp4');
    try {
      await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
      const before = foreignSockets(process.pid);
      expect(before).toEqual([]);
      // Bound to every address; nothing is sent.
      await new Promise<void>((resolve) => udp.bind(0, '0.0.0.0', resolve));
      expect(foreignSockets(process.pid)).toEqual([expect.stringMatching(/^udp 00000000:[0-9A-F]{4} to /)]);
    } finally {
      tcp.close();
      udp.close();
    }
  });
});
