import type { TargetOptions } from '../targets/target-client.js';
import { makeCertificate } from '../tls/make-certificate.js';
import type { ReferenceRuntime } from './reference-runtime.js';
import { type FrontOptions, openFront } from './secure-front.js';
import { type RunningServer, serveReference } from './serve-reference.js';

/** How a mutant is less secure. */
export interface Weakness extends Pick<FrontOptions, 'callers' | 'minVersion' | 'takesPlainText'> {
  readonly certificate?: 'expired' | 'of-a-stranger' | 'for-another-name';
}

/** A server behind TLS, and what a caller needs who may call it. */
export interface SecureServer extends RunningServer {
  readonly target: TargetOptions;
}

const TOKEN = 'reference-token-7f3a9c';
const NAME = 'runtime.example';
const LONG_AGO = { from: new Date('2020-01-01'), until: new Date('2021-01-01') };

/** The reference, or a mutant of it, behind mutual TLS and a token. */
export function serveSecurely(runtime: ReferenceRuntime, weakness: Weakness = {}): Promise<SecureServer> {
  runtime.token = TOKEN;
  return behindTls(() => serveReference(runtime), weakness);
}

/** Any server on loopback behind mutual TLS with certificates made for this once. */
export async function behindTls(
  start: () => Promise<RunningServer>,
  { certificate, ...how }: Weakness = {},
): Promise<SecureServer> {
  const authority = makeCertificate({ name: 'DeepHealth conformance', isAuthority: true });
  const stranger = makeCertificate({ name: 'DeepHealth conformance', isAuthority: true });
  const identity = makeCertificate({
    name: NAME,
    hosts: [certificate === 'for-another-name' ? 'elsewhere.example' : NAME],
    issuer: certificate === 'of-a-stranger' ? stranger : authority,
    ...(certificate === 'expired' && LONG_AGO),
  });
  const caller = makeCertificate({ name: 'a caller', issuer: authority });
  const server = await start();
  const front = await openFront(Number(server.address.split(':').at(-1)), {
    ...{ identity, ca: authority.certificate },
    ...how,
  });
  const address = `127.0.0.1:${front.port}`;
  const tls = { ca: authority.certificate, certificate: caller.certificate, key: caller.key, name: NAME };
  return {
    address,
    target: { address, tls, token: TOKEN },
    stop: () => {
      front.stop();
      server.stop();
    },
  };
}
