import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { type Authority, authorityOf, type CertificateOptions, makeCertificate, namesOf } from './make-certificate.js';

const authority = makeCertificate({ name: 'an authority', isAuthority: true });
const signed = (options: Partial<CertificateOptions> = {}) =>
  makeCertificate({ name: 'a server', hosts: ['localhost', '127.0.0.1'], issuer: authority, ...options });

/** What a client that trusts the authority finds: nothing, or the code of what is wrong. */
async function handshake({ certificate, key }: Authority): Promise<string> {
  const server = createServer({ cert: certificate, key }, (socket) => socket.end()).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => undefined);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca: authority.certificate, servername: 'localhost' });
  const found = await new Promise<string>((resolve) => {
    socket.once('secureConnect', () => resolve('fine'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });
  socket.destroy();
  server.close();
  return found;
}

describe('makeCertificate', () => {
  it('makes what node reads as it was meant', () => {
    const { certificate } = signed({ until: new Date('2051-02-03T04:05:06Z'), from: new Date('2020-01-02T03:04:05Z') });
    const read = new X509Certificate(certificate);
    expect(read.subject).toBe('CN=a server');
    expect(read.issuer).toBe('CN=an authority');
    expect(read.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1');
    expect(read.ca).toBe(false);
    expect([read.validFrom, read.validTo]).toEqual(['Jan  2 03:04:05 2020 GMT', 'Feb  3 04:05:06 2051 GMT']);
    expect(read.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(new X509Certificate(authority.certificate).ca).toBe(true);
  });

  it.each([
    ['fine', signed()],
    ['CERT_HAS_EXPIRED', signed({ from: new Date('2020-01-01'), until: new Date('2020-01-02') })],
    ['ERR_TLS_CERT_ALTNAME_INVALID', signed({ hosts: ['elsewhere.example'] })],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', makeCertificate({ name: 'a server', hosts: ['localhost'] })],
  ])('is %s in a handshake', async (found, identity) => {
    expect(await handshake(identity)).toBe(found);
  });

  it('makes another key and number each time', () => {
    const [one, two] = [new X509Certificate(signed().certificate), new X509Certificate(signed().certificate)];
    expect(one.serialNumber).not.toBe(two.serialNumber);
    expect(one.publicKey.equals(two.publicKey)).toBe(false);
  });

  it('signs with an authority that exists already, whose name it takes over byte for byte', async () => {
    const { certificate, key } = authority;
    const read = authorityOf({ certificate, key });
    expect(await handshake(signed({ issuer: read }))).toBe('fine');
    expect(namesOf(signed({ issuer: read }).certificate).issuer).toEqual(namesOf(certificate).subject);
  });

  it('takes over a whole name, and a stranger who has it is no authority all the same', async () => {
    const stranger = makeCertificate({ name: '', subject: namesOf(authority.certificate).subject, isAuthority: true });
    expect(new X509Certificate(stranger.certificate).subject).toBe('CN=an authority');
    expect(await handshake(signed({ issuer: stranger }))).not.toBe('fine');
  });
});
