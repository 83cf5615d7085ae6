import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Authority, makeCertificate } from '../testing/make-certificate.js';
import { ServerTls, type ServerTlsOptions } from './server-tls.js';

const authority = makeCertificate({ name: 'authority', isAuthority: true });
const identity = (name: string, until?: Date) =>
  makeCertificate({ name, hosts: ['localhost'], issuer: authority, ...(until && { until, from: new Date(0) }) });
const first = identity('first');
const second = identity('second');

let folder: string;
let files: { certificate: string; key: string };
let server: Server | undefined;
let tls: ServerTls | undefined;
const sockets: TLSSocket[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
  files = { certificate: join(folder, 'crt'), key: join(folder, 'key') };
  put(first);
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
  tls?.close();
  rmSync(folder, { recursive: true });
});

function put({ certificate, key }: Authority, keyOf: Authority | undefined = undefined): void {
  writeFileSync(files.certificate, certificate);
  writeFileSync(files.key, keyOf?.key ?? key);
}

async function serve(options: Partial<ServerTlsOptions> = {}, failures: unknown[] = []) {
  tls = await ServerTls.open({ ...files, ...options }, { onFailed: (thrown) => failures.push(thrown) });
  server = createServer({ ...tls.serverOptions }, (_, response) => response.end('here'));
  tls.follow(server);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return tls;
}

/** A connection, once the server has answered on it; rejects where it ends before. */
function dial(options: object = {}): Promise<TLSSocket> {
  const { port } = (server as Server).address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: authority.certificate, ...options });
    sockets.push(socket);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed')));
    socket.on('data', () => resolve(socket));
    socket.on('secureConnect', () => ask(socket));
  });
}

const ask = (socket: TLSSocket) => socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
const nameOf = (socket: TLSSocket) => socket.getPeerCertificate().subject.CN;

describe('TLS of a server', () => {
  it('uses new files for new connections, and open ones live on', async () => {
    const reloading = await serve();
    const open = await dial();
    expect(nameOf(open)).toBe('first');
    put(second);
    await reloading.reload();
    expect(nameOf(await dial())).toBe('second');
    const answered = new Promise((resolve) => open.once('data', resolve));
    ask(open);
    expect(String(await answered)).toContain('here');
    expect(nameOf(open)).toBe('first');
  });

  it.each<[string, () => void, RegExp]>([
    ['do not belong together', () => put(second, first), /not the key/],
    ['are no PEM', () => writeFileSync(files.certificate, 'x'), /no certificate in PEM/],
    ['have expired', () => put(identity('late', new Date(1))), /has expired/],
    ['are gone', () => rmSync(files.key), /./],
  ])('goes on with the former files where new ones %s', async (_, change, says) => {
    const failures: unknown[] = [];
    const reloading = await serve({}, failures);
    change();
    await reloading.reload();
    expect(nameOf(await dial())).toBe('first');
    expect(failures.map(String).join()).toMatch(says);
    put(second);
    await reloading.reload();
    expect(nameOf(await dial())).toBe('second');
  });

  it('asks for certificates of the authority, where one is set', async () => {
    const clientCa = join(folder, 'ca');
    writeFileSync(clientCa, authority.certificate);
    await serve({ clientCa });
    const caller = makeCertificate({ name: 'caller', issuer: authority });
    const stranger = makeCertificate({ name: 'caller' });
    await expect(dial({ cert: caller.certificate, key: caller.key })).resolves.toBeDefined();
    await expect(dial()).rejects.toThrow();
    await expect(dial({ cert: stranger.certificate, key: stranger.key })).rejects.toThrow();
  });

  it('speaks nothing older than TLS 1.2', async () => {
    await serve();
    await expect(dial({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).rejects.toThrow();
    await expect(dial({ maxVersion: 'TLSv1.2', ciphers: 'AES256-GCM-SHA384' })).rejects.toThrow();
    await expect(dial({ maxVersion: 'TLSv1.2' })).resolves.toBeDefined();
  });

  it.each<[string, () => Partial<ServerTlsOptions>, RegExp]>([
    ['a file that is not there', () => ({ key: join(folder, 'nowhere') }), /cannot be read/],
    ['clients that nobody vouches for', () => ({ clients: 'required' }), /clientCa/],
    ['an authority that is none', () => ({ clientCa: files.key }), /clientCa/],
  ])('is not opened with %s', async (_, options, says) => {
    const opened = ServerTls.open({ ...files, ...options() });
    await expect(opened).rejects.toThrow(says);
    await expect(opened).rejects.not.toThrow(folder);
  });
});
