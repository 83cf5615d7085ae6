import { execFile, execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, createSigningClient, NOW, SERVICE_URL, type SigningClient } from '../../test/signing-client.js';
import { refusalOf } from './client-refusal.js';
import { createClientTrust } from './client-trust.js';
import { type Peer, peerOf } from './peer.js';
import type { ClientTrust } from './trusted-client.js';

const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

// Certificates are made by OpenSSL; without it there is nothing to show.
describe.skipIf(!hasOpenssl)('a client certificate (made by openssl)', () => {
  let folder: string;
  let server: Server;
  let trust: ClientTrust;
  let signing: SigningClient;
  let own: KeyPair;
  let both: KeyPair;
  let foreign: KeyPair;
  const seen: Peer[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cds-mtls-'));
    [own, both, foreign] = (await Promise.all(['own', 'both', 'foreign'].map(makeCertificate))) as [
      KeyPair,
      KeyPair,
      KeyPair,
    ];
    signing = await createSigningClient('https://both.example', 'ES384', 'key');
    server = createServer({ ...own, requestCert: true, rejectUnauthorized: false }, (incoming, response) => {
      seen.push(peerOf(incoming.socket));
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    trust = await createClientTrust({
      clients: [
        {
          issuer: 'https://own.example',
          authentication: 'certificate',
          certificates: [new X509Certificate(own.cert).fingerprint256],
        },
        {
          issuer: 'https://both.example',
          authentication: 'certificate-and-token',
          certificates: [new X509Certificate(both.cert).fingerprint256.replaceAll(':', '').toLowerCase()],
          jwks: signing.keySet,
        },
      ],
      stateFolder: folder,
      now: () => NOW,
    });
  });

  afterAll(async () => {
    await trust?.close();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  async function makeCertificate(name: string): Promise<KeyPair> {
    const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
    const subject = ['-subj', `/CN=${name}`, '-days', '30', '-keyout', key, '-out', cert];
    await promisify(execFile)('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      ...subject,
    ]);
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
  }

  /** What the server learns of a client that connects with this certificate, or without one. */
  async function connect(pair?: KeyPair): Promise<Peer> {
    const agent = new Agent({ ...pair, rejectUnauthorized: false });
    await new Promise<void>((resolve, reject) => {
      const port = (server.address() as AddressInfo).port;
      request({ host: '127.0.0.1', port, agent }, (response) => response.resume().on('end', resolve))
        .on('error', reject)
        .end();
    });
    agent.destroy();
    return seen.at(-1) ?? {};
  }

  /** The certificates are of the real present. */
  const now = () => new Date();

  async function outcome(authorization: string | undefined, peer: Peer | undefined, at = now()): Promise<unknown> {
    return trust.verify(authorization, SERVICE_URL, at, peer).catch((error: unknown) => refusalOf(error)?.reason);
  }

  it('of the list is enough where that was agreed', async () => {
    const peer = await connect(own);
    expect(peer).toMatchObject({ address: '127.0.0.1', certificate: { validTo: expect.any(Date) } });
    expect(await outcome(undefined, peer)).toEqual({ issuer: 'https://own.example', by: 'certificate' });
  });

  it('that is not of the list, or is absent, is not', async () => {
    expect(await outcome(undefined, await connect(foreign))).toBe('certificate-unknown');
    expect(await outcome(undefined, await connect())).toBe('token-missing');
    expect(await outcome(undefined, undefined)).toBe('token-missing');
  });

  it('counts only while it is valid', async () => {
    const peer = await connect(own);
    expect(await outcome(undefined, peer, new Date(now().getTime() + 31 * 86_400_000))).toBe('certificate-out-of-date');
    expect(await outcome(undefined, peer, new Date(now().getTime() - 86_400_000))).toBe('certificate-out-of-date');
  });

  it('is needed beside the token where both were agreed', async () => {
    const at = now();
    const seconds = Math.floor(at.getTime() / 1000);
    const token = async () => bearer(await signing.token({ claims: { iat: seconds, exp: seconds + 300 } }));
    expect(await outcome(await token(), undefined, at)).toBe('certificate-missing');
    expect(await outcome(await token(), await connect(foreign), at)).toBe('certificate-missing');
    expect(await outcome(undefined, await connect(both), at)).toBe('token-missing');
    expect(await outcome(await token(), await connect(both), at)).toEqual({
      issuer: 'https://both.example',
      by: 'certificate-and-token',
      keyId: 'key',
    });
  });
});
