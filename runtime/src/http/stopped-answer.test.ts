import { request } from 'node:http';
import { DeepHealthError } from '@deephealth/sdk';
import { expect, it } from 'vitest';
import { startHttpServer } from './http-server.js';

it('an answer is looked at when it is compressed and its first byte goes out next, and a refusal goes in its place', async () => {
  const order: string[] = [];
  const server = await startHttpServer({
    ...{ host: '127.0.0.1', port: 0, maxBodyBytes: 1000, onError: () => undefined },
    routes: [
      {
        method: 'GET',
        path: '/answer',
        handle: () => {
          // The stop comes while the answer is compressed.
          setImmediate(() => order.push('stopped'));
          return {
            status: 200,
            contentType: 'text/plain',
            body: [Buffer.alloc(4_000_000, 'secret ')],
            beforeSend: () => {
              order.push('asked');
              if (order.includes('stopped')) throw new DeepHealthError('DH_MODEL_SUSPENDED', 'It was stopped.');
            },
          };
        },
      },
    ],
  });
  const reason = await new Promise((resolve, reject) => {
    request({ port: server.port, path: '/answer', headers: { 'accept-encoding': 'gzip' } }, (response) => {
      response.resume();
      resolve([response.statusCode, response.headers['x-deephealth-reason']]);
    })
      .on('error', reject)
      .end();
  });
  expect(order).toEqual(['stopped', 'asked']);
  expect(reason).toEqual([400, 'MODEL_SUSPENDED']);
  await server.close(0);
});
