import { inferenceService } from '@deephealth/proto';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectWire } from './wire-client.mjs';

const { ModelReady } = inferenceService();
const server = new Server();
let client;

beforeAll(async () => {
  server.addService(inferenceService(), {
    ModelReady: ({ request }, callback) => {
      if (request.name === 'refused') callback({ code: 5, details: 'no such model' });
      else callback(null, { ready: request.name === 'there' });
    },
  });
  const port = await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  client = await connectWire(`127.0.0.1:${port}`);
});
afterAll(() => {
  client.close();
  server.forceShutdown();
});

const ask = (name) =>
  new Promise((resolve, reject) => {
    const bytes = ModelReady.requestSerialize({ name });
    client.makeUnaryRequest(ModelReady.path, undefined, undefined, bytes, {}, (error, answer) =>
      error ? reject(error) : resolve(ModelReady.responseDeserialize(answer).ready),
    );
  });

describe('the wire client', () => {
  it('gives each of many calls at once its own answer', async () => {
    const names = Array.from({ length: 300 }, (_, index) => (index % 3 === 0 ? 'there' : `other-${index}`));
    expect(await Promise.all(names.map(ask))).toEqual(names.map((name) => name === 'there'));
  });

  it('fails a call that the server refuses, and goes on', async () => {
    await expect(ask('refused')).rejects.toThrow('refused');
    expect(await ask('there')).toBe(true);
  });
});
