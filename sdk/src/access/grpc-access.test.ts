import {
  Client,
  credentials,
  Metadata,
  type Server,
  ServerCredentials,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bindGrpcServer, createGrpcServer } from '../server/grpc-server.js';
import { unaryHandler } from '../server/unary-handler.js';
import { FLAG, FRAME, grpcHeaders, http2Frame, literalHeader, RawHttp2 } from '../testing/raw-http2.js';
import type { AccessGate } from './access-gate.js';
import { unauthenticated } from './access-refusal.js';
import type { Caller } from './caller.js';
import { grpcAccess } from './grpc-access.js';

const CALLER: Caller = { subject: 'dr-a', roles: ['clinician'], tenant: 'ward-a', authentication: 'key' };
const gate: AccessGate = {
  authenticate: async ({ authorization }) => {
    if (authorization.length > 1) throw unauthenticated('header-malformed');
    if (authorization[0] === 'broken') throw new Error('a disk is full');
    if (authorization[0] !== 'good') throw unauthenticated('key-unknown');
    return CALLER;
  },
  issueKey: () => '',
  withdrawKey: () => undefined,
  refresh: async () => undefined,
  close: async () => undefined,
};
const asIs = (bytes: Buffer) => bytes;
const METHODS = ['Open', 'Predict', 'Load', 'Unlisted'];
const pathOf = (name: string) => `/test.Service/${name}`;
const refusals: string[] = [];
const handled: (string | undefined)[] = [];
let server: Server;
let port: number;
let client: Client;

beforeAll(async () => {
  const methods = new Map([
    [pathOf('Open'), 'open'],
    [pathOf('Predict'), 'predict'],
    [pathOf('Load'), 'models.control'],
  ] as const);
  const onRefused = (_: unknown, method: string, caller: Caller | undefined) => {
    refusals.push(`${method} ${caller?.subject ?? 'nobody'}`);
  };
  server = createGrpcServer({ maxMessageBytes: 1024, interceptors: [grpcAccess({ gate, methods, onRefused })] });
  const definition = Object.fromEntries(
    METHODS.map((name) => [
      name,
      {
        ...{ path: pathOf(name), requestStream: false, responseStream: false, originalName: name },
        ...{ requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs },
      },
    ]),
  );
  const handler = unaryHandler<Buffer, Buffer>(
    (bytes, { caller }) => {
      handled.push(caller?.subject);
      return bytes;
    },
    () => undefined,
  );
  server.addService(definition, Object.fromEntries(METHODS.map((name) => [name, handler])) as never);
  port = await bindGrpcServer(server, '127.0.0.1:0', ServerCredentials.createInsecure());
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
});
afterAll(() => {
  client.close();
  server.forceShutdown();
});
beforeEach(() => {
  refusals.length = 0;
  handled.length = 0;
});

function ask(name: string, authorization?: string): Promise<number> {
  const metadata = new Metadata();
  if (authorization !== undefined) metadata.set('authorization', authorization);
  return new Promise((resolve) => {
    client.makeUnaryRequest(pathOf(name), asIs, asIs, Buffer.from('x'), metadata, (error: ServiceError | null) =>
      resolve(error?.code ?? status.OK),
    );
  });
}

describe('the gate before a gRPC server', () => {
  it('lets who may to the handler, which knows the caller', async () => {
    expect(await ask('Predict', 'good')).toBe(status.OK);
    expect([handled, refusals]).toEqual([['dr-a'], []]);
  });

  it('asks nobody for what is open, and calls nobody a caller there', async () => {
    expect([await ask('Open'), await ask('Open', 'good')]).toEqual([status.OK, status.OK]);
    expect(handled).toEqual([undefined, undefined]);
  });

  it.each<[string, string | undefined, number, string]>([
    ['Predict', undefined, status.UNAUTHENTICATED, 'nobody'],
    ['Predict', 'bad', status.UNAUTHENTICATED, 'nobody'],
    ['Load', 'good', status.PERMISSION_DENIED, 'dr-a'],
    ['Unlisted', 'good', status.PERMISSION_DENIED, 'dr-a'],
    // A trouble of the gate's own lets nobody in.
    ['Predict', 'broken', status.INTERNAL, 'nobody'],
  ])('refuses %s with %s before it is handled', async (name, authorization, code, who) => {
    expect(await ask(name, authorization)).toBe(code);
    expect([handled, refusals]).toEqual([[], [`${pathOf(name)} ${who}`]]);
  });

  it.each([
    ['good', 'good'],
    ['good', 'bad'],
  ])('refuses two headers, of which a proxy may have looked at either: %s and %s', async (...both) => {
    const raw = await RawHttp2.open(port);
    const fields = [grpcHeaders(pathOf('Predict')), ...both.map((value) => literalHeader('authorization', value))];
    await raw.write(
      Buffer.concat([
        http2Frame(FRAME.headers, FLAG.endHeaders, 1, Buffer.concat(fields)),
        http2Frame(FRAME.data, FLAG.endStream, 1, Buffer.from([0, 0, 0, 0, 1, 120])),
      ]),
    );
    await expect.poll(() => handled.length + refusals.length, { timeout: 20_000 }).toBe(1);
    raw.destroy();
    expect(refusals).toEqual([`${pathOf('Predict')} nobody`]);
    expect(handled).toEqual([]);
  });
});
