import { loadContract } from '@deephealth/proto';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityPackage, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';

let test: TestServer;
let client: Client;

beforeAll(async () => {
  test = await startTestServer([identityPackage]);
  client = new Client(test.server.address, credentials.createInsecure());
});

afterAll(async () => {
  client.close();
  await test.stop();
});

const asIs = (bytes: Buffer) => bytes;
const NO_MESSAGE = Buffer.from([0x0a, 0x20, 0x61]);
const { deephealth, inference } = loadContract();
const { PredictStream } = deephealth.runtime.v1.ModelRuntime.service;
const { ModelStreamInfer } = inference.GRPCInferenceService.service;
const request = { modelName: 'identity', inputs: [tensorInput('x', [1, 2, 3, 4])] };

/** Status of a stream that sends these messages, and how many answers came before it. */
function statusOf(path: string, messages: readonly Buffer[]): Promise<{ code: number; answers: number }> {
  const call = client.makeBidiStreamRequest(path, asIs, asIs, new Metadata(), { deadline: Date.now() + 20_000 });
  let answers = 0;
  return new Promise((resolve) => {
    call.on('data', () => {
      answers += 1;
    });
    call.on('error', (error: ServiceError) => resolve({ code: error.code, answers }));
    for (const message of messages) call.write(message);
  });
}

describe('a stream with a message that cannot be read', () => {
  it.each([
    ['PredictStream, first', PredictStream.path, [NO_MESSAGE]],
    [
      'PredictStream, behind one that is refused',
      PredictStream.path,
      [PredictStream.requestSerialize({ itemId: '1', request: { modelName: 'no-such-model' } }), NO_MESSAGE],
    ],
    [
      'PredictStream, while one is answered',
      PredictStream.path,
      [PredictStream.requestSerialize({ itemId: '1', request }), NO_MESSAGE],
    ],
    ['ModelStreamInfer, first', ModelStreamInfer.path, [NO_MESSAGE]],
    [
      'ModelStreamInfer, behind one that is refused',
      ModelStreamInfer.path,
      [ModelStreamInfer.requestSerialize({ modelName: 'no-such-model' }), NO_MESSAGE],
    ],
  ])('ends at once: %s', async (_title, path, messages) => {
    expect((await statusOf(path, messages)).code).toBe(status.INVALID_ARGUMENT);
  });

  it('leaves others as they are', async () => {
    expect(valuesOf(await test.client.predict(request))).toEqual([1, 2, 3, 4]);
  });
});
