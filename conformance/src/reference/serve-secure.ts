import { createServer, type RequestListener } from 'node:http';
import { inferenceService } from '@deephealth/proto';
import { type Authority, makeCertificate } from '@deephealth/sdk/testing';
import type { MethodDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { AccessMaterial } from '../access/access-material.js';
import { callersToken } from '../access/access-material.js';
import { ISSUER_DEFAULTS } from '../access/read-access.js';
import { makeSigningKey, publicJwk, type TestIssuer } from '../access/test-issuer.js';
import type { TargetOptions, TlsOptions } from '../targets/target-client.js';
import { guarded } from './guarded.js';
import { guardedHttp } from './guarded-http.js';
import { OipJson } from './oip/oip-json.js';
import { OipReference } from './oip/oip-reference.js';
import { oipHandlers, oipListener } from './oip/serve-oip.js';
import { ReferenceAccess } from './reference-access.js';
import type { ReferenceRuntime } from './reference-runtime.js';
import { type Front, type FrontOptions, openFront } from './secure-front.js';
import { handlersOf, type RunningServer, readBy, serve } from './serve-reference.js';

/** How a mutant is less secure. */
export interface Weakness
  extends Pick<FrontOptions, 'callers' | 'minVersion' | 'takesPlainText' | 'protocols' | 'ciphers' | 'takes'> {
  readonly certificate?: 'expired' | 'of-a-stranger' | 'for-another-name';
  /** How its HTTP face alone is. */
  readonly http?: Pick<FrontOptions, 'callers' | 'takesPlainText'>;
  /** Paths of further services, which answer everything with nothing. */
  readonly offers?: readonly string[];
  /** Who may do what, otherwise. */
  readonly access?: (Access: typeof ReferenceAccess) => typeof ReferenceAccess;
}

/** A server behind TLS, and what a caller needs who may call it. */
export interface SecureServer extends RunningServer {
  readonly target: TargetOptions;
  readonly access: AccessMaterial;
}

/** A server before TLS is put in front of it. */
interface Behind extends RunningServer {
  /** Port of its HTTP face on loopback, if it has one. */
  readonly http?: number;
}

const NAME = 'runtime.example';
const LONG_AGO = { from: new Date('2020-01-01'), until: new Date('2021-01-01') };

/** The reference, or a mutant of it, behind mutual TLS, with tokens that open one call each, over gRPC and HTTP. */
export async function serveSecurely(runtime: ReferenceRuntime, weakness: Weakness = {}): Promise<SecureServer> {
  const issuer = makeIssuer();
  const Access = weakness.access?.(ReferenceAccess) ?? ReferenceAccess;
  runtime.access = new Access({
    ...{ issuer: issuer.issuer, audience: issuer.audience, singleUse: issuer.singleUse },
    jwks: { keys: [publicJwk(issuer.key)] },
  });
  const oip = new OipReference(runtime);
  // The fronts know who is connected; what stands behind them is started before.
  const fronts: { grpc?: Front; http?: Front } = {};
  const handlers = { ...handlersOf(runtime), ...oipHandlers(oip), ...Object.fromEntries(offered(weakness, 'handler')) };
  const methods = { ...readBy(runtime), ...inferenceService(), ...Object.fromEntries(offered(weakness, 'method')) };
  const asked = guarded(runtime, handlers as UntypedServiceImplementation, (peer) => fronts.grpc?.certificateOf(peer));
  const listener = guardedHttp(runtime, oipListener(oip, new OipJson(oip)), (peer) => fronts.http?.certificateOf(peer));
  return behindTls(
    async () => {
      const grpc = await serve(methods as never, asked);
      const http = await listen(listener);
      const stop = () => {
        grpc.stop();
        http.stop();
      };
      return { address: grpc.address, http: http.port, stop };
    },
    weakness,
    { issuer, onFronts: (opened) => Object.assign(fronts, opened) },
  );
}

/** Whose tokens the reference takes; its key is made for this once. */
function makeIssuer(): TestIssuer {
  return {
    ...ISSUER_DEFAULTS,
    ...{ key: makeSigningKey('conformance'), issuer: 'https://issuer.conformance.example', audience: 'conformance' },
    ...{ singleUse: true, clockToleranceSeconds: 0 },
  };
}

function offered({ offers = [] }: Weakness, what: 'handler' | 'method'): [string, unknown][] {
  const asIs = (bytes: Buffer) => bytes;
  const answer = (call: { write(bytes: Buffer): void; end(): void }) => {
    call.write(Buffer.alloc(0));
    call.end();
  };
  return offers.map((path) => {
    const method: MethodDefinition<Buffer, Buffer> = {
      ...{ path, requestStream: true, responseStream: true },
      ...{ requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs },
    };
    return [path, what === 'method' ? method : answer];
  });
}

async function listen(listener: RequestListener): Promise<{ readonly port: number; stop(): void }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as { port: number }).port, stop };
}

interface FrontSettings {
  readonly issuer?: TestIssuer;
  onFronts?(fronts: { readonly grpc: Front; readonly http?: Front }): void;
}

/** Any server on loopback behind mutual TLS with certificates made for this once. */
export async function behindTls(
  start: () => Promise<Behind>,
  weakness: Weakness = {},
  { issuer = makeIssuer(), onFronts }: FrontSettings = {},
): Promise<SecureServer> {
  const { certificate, http: ofHttp, takesPlainText = false, offers: _, access: __, ...how } = weakness;
  const authority = makeCertificate({ name: 'DeepHealth conformance', isAuthority: true });
  const stranger = makeCertificate({ name: 'DeepHealth conformance', isAuthority: true });
  const identity = makeCertificate({
    name: NAME,
    hosts: [certificate === 'for-another-name' ? 'elsewhere.example' : NAME],
    issuer: certificate === 'of-a-stranger' ? stranger : authority,
    ...(certificate === 'expired' && LONG_AGO),
  });
  const server = await start();
  const common = { identity, ca: authority.certificate, ...how };
  const grpc = await openFront(Number(server.address.split(':').at(-1)), { ...common, takesPlainText });
  const http =
    server.http === undefined
      ? undefined
      : await openFront(server.http, { ...common, protocols: ['http/1.1'], ...ofHttp });
  onFronts?.({ grpc, ...(http !== undefined && { http }) });
  const address = `127.0.0.1:${grpc.port}`;
  const access: AccessMaterial = {
    ...{ issuer, authority },
    ...(http !== undefined && { http: `https://127.0.0.1:${http.port}` }),
  };
  const token = callersToken(access);
  return {
    ...{ address, access },
    target: { address, tls: callersTls(authority), ...(token !== undefined && { token }) },
    stop: () => {
      grpc.stop();
      http?.stop();
      server.stop();
    },
  };
}

function callersTls(authority: Authority): TlsOptions {
  const { certificate, key } = makeCertificate({ name: 'a caller', issuer: authority });
  return { ca: authority.certificate, certificate, key, name: NAME };
}
