import { createHealthClient } from '@deephealth/sdk';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { HealthImplementation, service } from 'grpc-health-check';
import { afterEach, describe, expect, it } from 'vitest';

let server: Server | undefined;
afterEach(() => server?.forceShutdown());

async function serving(...health: [HealthImplementation?]): Promise<string> {
  server = new Server();
  for (const one of health) one?.addToServer(server);
  const listening = server;
  const port = await new Promise<number>((resolve, reject) =>
    listening.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return `127.0.0.1:${port}`;
}

describe('createHealthClient', () => {
  it('tells what a server says of itself and of its services', async () => {
    const address = await serving(new HealthImplementation({ '': 'SERVING', reading: 'NOT_SERVING' }));
    const client = createHealthClient({ address });
    try {
      expect(await client.check()).toBe('SERVING');
      expect(await client.check('reading')).toBe('NOT_SERVING');
      expect(await client.check('other')).toBe('SERVICE_UNKNOWN');
    } finally {
      client.close();
    }
  });

  it('refuses a server without the protocol, and one that is not there', async () => {
    const address = await serving();
    const client = createHealthClient({ address });
    await expect(client.check()).rejects.toMatchObject({ code: 'DH_FEATURE_UNSUPPORTED' });
    client.close();
    server?.forceShutdown();
    const gone = createHealthClient({ address, connectTimeoutMs: 200 });
    await expect(gone.check()).rejects.toMatchObject({ code: 'DH_CONNECT_FAILED' });
    gone.close();
  });

  it('speaks the path of the protocol', () => {
    expect(service.Check.path).toBe('/grpc.health.v1.Health/Check');
    expect(status.NOT_FOUND).toBe(5);
  });
});
