import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostCommand } from './host-command.js';
import { HOST_FOLDER_BYTES, HostFolder } from './host-folder.js';
import { describeIsolation, type Isolation, isFullyIsolated, NOT_ISOLATED, openIsolation } from './isolation.js';

const HOSTILE = fileURLToPath(new URL('./testing/hostile-host.mjs', import.meta.url));
const CALLS = fileURLToPath(new URL('./testing/hostile-calls.c', import.meta.url));
const isRoot = process.getuid?.() === 0;
const isolation = process.platform === 'linux' ? openIsolation() : NOT_ISOLATED;
const compiles = spawnSync('cc', ['--version'], { stdio: 'ignore' }).status === 0;
const why = isFullyIsolated(isolation) && compiles ? '' : ` (not here: ${describeIsolation(isolation)})`;

// A host needs these, and has them.
const ALLOWED = ['read-own-package', 'write-own-folder', 'load-library'];
// An ordinary system refuses these to an ordinary user, too, or some kernels to all.
const PRIVILEGED = ['trace-other', 'read-other-memory', 'perf', 'name-space', 'mount', 'host-name', 'io-uring', 'key'];

describe.skipIf(why !== '')(`a host in bad hands${why}`, () => {
  const root = mkdtempSync(join(tmpdir(), 'deephealth-hostile-'));
  const own = join(root, 'own');
  const other = join(root, 'other');
  let bystander: ChildProcess;
  let listener: Server;
  let port: number;

  beforeAll(async () => {
    for (const folder of [own, other]) {
      mkdirSync(folder);
      for (const file of ['model.json', 'removed']) writeFileSync(join(folder, file), '{"name":"x"}');
    }
    const { status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-o', join(own, 'calls.so'), CALLS]);
    expect(status, String(stderr)).toBe(0);
    bystander = spawn('sleep', ['600'], { env: { TOKEN: 'secret' }, stdio: 'ignore' });
    listener = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    port = (listener.address() as { port: number }).port;
  });

  afterAll(() => {
    bystander?.kill();
    listener?.close();
    rmSync(root, { recursive: true, force: true });
  });

  async function attempts(
    under: Isolation,
    dialPort?: number,
    ...flags: string[]
  ): Promise<{ told: Map<string, string>; signal: NodeJS.Signals | null; folder: string }> {
    let child: ChildProcess | undefined;
    const folder = new HostFolder(under.owner, () => child?.kill('SIGKILL'));
    const { command, args, env } = hostCommand({
      ...{ isolation: under, main: HOSTILE, flags: [], dataKiB: 4 * 2 ** 20, package: own, folder: folder.path },
      dialPort,
    });
    child = spawn(command, [...args, ...flags], {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...{ PATH: process.env.PATH, ...env, TMPDIR: folder.path, HOSTILE_PACKAGE: own, HOSTILE_OTHER: other },
        ...{ HOSTILE_PORT: String(port), HOSTILE_PID: String(bystander.pid), HOSTILE_LIBRARY: join(own, 'calls.so') },
        HOSTILE_NODE: process.execPath,
      },
    });
    let text = '';
    child.stdout?.on('data', (chunk) => (text += chunk));
    child.stderr?.on('data', (chunk) => (text += chunk));
    const signal = await new Promise<NodeJS.Signals | null>((resolve) => child?.once('close', (_, by) => resolve(by)));
    folder.remove();
    return {
      told: new Map(text.split('\n').map((line) => line.split(' ') as [string, string])),
      signal,
      folder: folder.path,
    };
  }

  it('does nothing of what it tries', async () => {
    const { told } = await attempts(isolation);
    for (const name of ALLOWED) expect([name, told.get(name)]).toEqual([name, 'done']);
    const refused = [...told].filter(([name]) => name !== '' && !ALLOWED.includes(name));
    expect(refused.length).toBeGreaterThanOrEqual(35);
    expect(refused.filter(([, outcome]) => outcome === 'done')).toEqual([]);
    for (const file of ['model.json', 'removed']) expect(existsSync(join(own, file))).toBe(true);
    expect(existsSync(join(own, 'added'))).toBe(false);
    // Writing files that are too large is an error of the file, and nothing that ends the host.
    expect(told.get('large-file')).toBe('EFBIG');
    expect(told.get('connect')).toBe('EPERM');
    expect(told.get('read-accounts')).toBe('EACCES');
  });

  it('does all of it where the protection is off', async () => {
    const { told } = await attempts(NOT_ISOLATED);
    const expected = [...told.keys()].filter((name) => name !== '' && (isRoot || !PRIVILEGED.includes(name)));
    // What a machine may lack altogether.
    const missing = ['io-uring', 'key', 'perf', 'mount', 'name-space', 'trace-other'];
    const undone = expected.filter((name) => told.get(name) !== 'done' && !missing.includes(name));
    expect(undone).toEqual([]);
    expect(existsSync(join(own, 'added'))).toBe(true);
    for (const file of ['model.json', 'removed']) writeFileSync(join(own, file), '{"name":"x"}');
    rmSync(join(own, 'added'));
  });

  it('dials the one port that it is to dial, and may look up names for it', async () => {
    const { told } = await attempts(isolation, port);
    expect(told.get('connect')).toBe('done');
    expect(told.get('look-up')).toBe('done');
    expect(told.get('socket-unix')).toBe('EAFNOSUPPORT');
    expect(told.get('read-accounts')).toBe('EACCES');
    if (isolation.landlock < 4) return;
    expect((await attempts(isolation, port === 65_535 ? 1 : port + 1)).told.get('connect')).toBe('EACCES');
  });

  it('is ended when it fills its folder, which goes with it', async () => {
    const { signal, folder } = await attempts(isolation, undefined, '--fill');
    expect(signal).toBe('SIGKILL');
    await expect.poll(() => existsSync(folder)).toBe(false);
  });

  it.skipIf(!isRoot)('runs as the user that is configured', async () => {
    const asNobody = openIsolation({ mode: 'required', user: '65534', group: '65534' });
    expect(asNobody.owner).toEqual({ uid: 65_534, gid: 65_534 });
    const folder = new HostFolder(asNobody.owner, () => undefined);
    expect(statSync(folder.path)).toMatchObject({ uid: 65_534, mode: 0o40700 });
    const { command, env } = hostCommand({
      ...{ isolation: asNobody, main: HOSTILE, flags: [], dataKiB: 2 ** 20, folder: folder.path },
    });
    const { stdout, status } = spawnSync(
      command,
      [process.execPath, '-p', "require('fs').readFileSync('/proc/self/status', 'utf8')"],
      { encoding: 'utf8', env: { ...env } },
    );
    folder.remove();
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Uid:\s+65534\s+65534\s+65534\s+65534$/m);
    expect(stdout).toMatch(/^Groups:\s*$/m);
    for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      expect(stdout).toMatch(new RegExp(`^${set}:\\s+0+$`, 'm'));
    expect(stdout).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(stdout).toMatch(/^Seccomp:\s+2$/m);
  });
});

describe.skipIf(why !== '')(`the launcher${why}`, () => {
  const launch = (orders: string, ...command: string[]) =>
    spawnSync(isolation.launcher as string, command, { encoding: 'utf8', env: { DEEPHEALTH_CONFINE: orders } });

  it.each([
    ['a package that is not there', 'mode required\npackage /nowhere-at-all\n', 'the package'],
    ['a folder that is not there', 'mode best-effort\nfolder /nowhere-at-all\n', 'the folder for temporary files'],
    ['a word that it does not know', 'mode best-effort\nallow everything\n', 'an unknown word'],
    ['a user that nobody is', 'mode best-effort\nuser nobody-has-this-name\n', 'the user of hosts'],
  ])('starts nothing for %s, and names no path', (_, orders, what) => {
    const { status, stdout, stderr } = launch(orders, process.execPath, '-p', '"started"');
    expect([status, stdout]).toEqual([125, '']);
    expect(stderr).toContain(what);
    expect(stderr).not.toMatch(/nowhere|nobody-has/);
  });

  it('starts nothing without orders, nor for a server that is gone already', () => {
    expect(spawnSync(isolation.launcher as string, [process.execPath, '-p', '1'], { env: {} }).status).toBe(125);
    expect(launch('mode best-effort\nparent 1\nread /\n', process.execPath, '-p', '1').status).toBe(125);
  });

  it('keeps its orders from the program that it becomes', () => {
    const { stdout } = launch('mode best-effort\nrun /\n', process.execPath, '-p', 'JSON.stringify(process.env)');
    expect(JSON.parse(stdout)).toEqual({});
  });
});

describe('a machine without the launcher', () => {
  it('serves with the little that it has, and says what is missing', () => {
    const bare: Isolation = { ...NOT_ISOLATED, mode: 'best-effort', hasOwnNetwork: true };
    expect(describeIsolation(bare)).toMatch(
      /kept from network \(name space\)\. Not from files and programs and processes\./,
    );
    expect(isFullyIsolated(bare)).toBe(false);
    if (process.platform !== 'linux') return;
    const options = { isolation: bare, main: HOSTILE, flags: [], dataKiB: 2 ** 21, folder: '/tmp' };
    expect(hostCommand(options).args).toContain('unshare');
    // What is to dial cannot be without a network.
    expect(hostCommand({ ...options, dialPort: 8001 }).args).not.toContain('unshare');
  });
});

describe('isolation as it is configured', () => {
  it('is refused where a user is asked for that nobody is', () => {
    expect(() => openIsolation({ user: 'nobody-has-this-name' })).toThrow(
      expect.objectContaining({ code: 'DH_ISOLATION_UNAVAILABLE' }),
    );
    expect(() => openIsolation({ mode: 'off', user: '1' })).toThrow(/need a mode other than "off"/);
  });

  it('says in one line what it does not do', () => {
    expect(describeIsolation({ ...NOT_ISOLATED, mode: 'best-effort' })).toMatch(
      /^Model hosts are kept from nothing but memory beyond their limit\. Not from files and network, programs and processes\. .+/,
    );
    expect(describeIsolation(NOT_ISOLATED)).toMatch(/switched off/);
    expect(HOST_FOLDER_BYTES).toBe(64 * 1024 * 1024);
  });

  it.skipIf(why !== '')('shows no path to those who list processes', () => {
    const { args } = hostCommand({
      ...{ isolation, main: HOSTILE, flags: [], dataKiB: 1, package: '/a-store/risk/1.0.0', folder: '/a-folder' },
    });
    expect(args.join(' ')).not.toMatch(/a-store|a-folder/);
    expect(readFileSync(HOSTILE, 'utf8')).toContain('sealProcess');
  });
});
