import { connect } from 'node:http2';
import { inferenceService, modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import { fromGrpcError } from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs, mutateBytes } from '@deephealth/sdk/testing';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessageCodec, messageOf, mutateMessage, NoMessage } from '../src/wire/testing/mutate-message.js';
import { GREY_PNG_BASE64, imagePackage, tablePackage } from './medical-packages.js';
import { identityPackage, startTestServer, type TestServer, tensorInput } from './test-server.js';

const USUAL = 60;

let test: TestServer;
let client: Client;
beforeAll(async () => {
  test = await startTestServer([identityPackage, tablePackage, imagePackage]);
  client = new Client(test.server.address, credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await test.stop();
});

const asIs = (bytes: Buffer) => bytes;
const { Predict, PredictStream } = modelRuntimeService();
const { ModelInfer } = inferenceService();

const table = {
  values: [
    { name: 'age', number: 63, unit: 'a' },
    { name: 'sex', category: 'male' },
    { name: 'smoker', boolean: false },
    { name: 'pressure', number: 145, unit: 'mm[Hg]' },
  ],
};
const png = Buffer.from(GREY_PNG_BASE64, 'base64');
const requests: runtimeV1.PredictRequest[] = [
  { modelName: 'identity', inputs: [tensorInput('x', [1, 2, 3, 4])] },
  { modelName: 'table', inputs: [{ name: 'patient', table }], priority: 'PRIORITY_STAT' },
  { modelName: 'image', inputs: [{ name: 'photo', image: { data: png, mediaType: 'image/png' } }] },
];
const infer = {
  ...{ modelName: 'identity', id: 'r', outputs: [{ name: 'y' }] },
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4] }],
  rawInputContents: [Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)],
};

/** What the transport answers for bytes that are no message, the client sees here first. */
interface Call<T> {
  readonly parser: string;
  readonly codec: MessageCodec<T>;
  readonly corpus: readonly Buffer[];
  send(bytes: Buffer): Promise<void>;
}

function unary(path: string): (bytes: Buffer) => Promise<void> {
  return (bytes) =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, asIs, asIs, bytes, { deadline: Date.now() + 600_000 }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
}

/** One item on a stream of its own; the server ends the stream after its answer. */
function streamed(bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = client.makeBidiStreamRequest(PredictStream.path, asIs, PredictStream.responseDeserialize, {
      deadline: Date.now() + 600_000,
    });
    call.on('data', ({ result }: runtimeV1.PredictStreamResponse__Output) => {
      if (result?.status?.code === status.INTERNAL) reject(new Error(`an item was answered ${result.status.reason}`));
    });
    call.on('error', reject);
    call.on('end', resolve);
    call.end(bytes);
  });
}

const CALLS: readonly Call<never>[] = [
  {
    parser: 'server: Predict',
    codec: { serialize: Predict.requestSerialize, deserialize: Predict.requestDeserialize } as MessageCodec<unknown>,
    corpus: requests.map((request) => Predict.requestSerialize(request)),
    send: unary(Predict.path),
  },
  {
    parser: 'server: ModelInfer',
    codec: {
      serialize: ModelInfer.requestSerialize,
      deserialize: ModelInfer.requestDeserialize,
    } as MessageCodec<unknown>,
    corpus: [ModelInfer.requestSerialize(infer)],
    send: unary(ModelInfer.path),
  },
  {
    parser: 'server: PredictStream',
    codec: {
      serialize: PredictStream.requestSerialize,
      deserialize: PredictStream.requestDeserialize,
    } as MessageCodec<unknown>,
    corpus: requests.map((request) => PredictStream.requestSerialize({ itemId: 'a', request })),
    send: streamed,
  },
] as unknown as Call<never>[];

/** Every call of one message in either service: the first byte says which, the others are the message. */
const UNARY = Object.values({ ...modelRuntimeService(), ...inferenceService() }).filter(
  ({ requestStream, responseStream }) => !requestStream && !responseStream,
);

/** Bytes as the body of a stream of HTTP/2, framed or not; gives its grpc-status, or how it ended. */
function framed(path: string, body: Buffer): Promise<string> {
  const session = connect(`http://${test.server.address}`);
  return new Promise<string>((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request({
      ...{ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' },
    });
    let answer = '';
    const listen = (headers: Record<string, unknown>) => {
      answer = String(headers['grpc-status'] ?? answer);
    };
    stream.on('response', listen);
    stream.on('trailers', listen);
    stream.on('error', (error) => resolve(error.message));
    stream.on('close', () => resolve(answer));
    stream.resume();
    stream.end(body);
  }).finally(() => session.destroy());
}

const frameOf = (message: Uint8Array) => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

describe('a broken call of any kind', () => {
  it(
    'is answered by the server, which serves the next one: every call of both services',
    async () => {
      const corpus = UNARY.flatMap((_, place) => [
        Buffer.of(place),
        Buffer.concat([Buffer.of(place), Buffer.from('\x0a\x08identity\x12\x011', 'latin1')]),
      ]);
      const { refused } = await fuzzParser({
        ...{ parser: 'server: every call of both services', seed: 1610, usual: USUAL, limitMs: 30_000 },
        // What a sound message asks for need not be there.
        corpus: corpus.slice(0, 1),
        isRepeatable: false,
        mutate(random, _) {
          const broken = mutateBytes(random, (corpus[Math.floor(random() * corpus.length)] as Buffer).subarray(1));
          return Buffer.concat([Buffer.of(Math.floor(random() * UNARY.length)), broken]);
        },
        async read(bytes) {
          const method = UNARY[(bytes[0] ?? 0) % UNARY.length] as (typeof UNARY)[number];
          let isMessage = true;
          try {
            method.requestDeserialize(bytes.subarray(1));
          } catch {
            isMessage = false;
          }
          await unary(method.path)(bytes.subarray(1)).catch((thrown: ServiceError) => {
            if (!isMessage) throw new NoMessage('the transport refuses it');
            throw thrown.code === undefined ? thrown : fromGrpcError(thrown);
          });
        },
        isRefusal: (thrown) => thrown instanceof NoMessage || isOurs(thrown),
      });
      expect(refused).toBeGreaterThan(0);
    },
    fuzzTimeoutMs(USUAL),
  );

  it(
    'ends with a status, or its stream is reset: frames of gRPC',
    async () => {
      const message = Predict.requestSerialize(requests[0] as runtimeV1.PredictRequest);
      const item = PredictStream.requestSerialize({ itemId: 'a', request: requests[0] as runtimeV1.PredictRequest });
      const { refused } = await fuzzParser({
        ...{ parser: 'server: frames of gRPC', seed: 1611, usual: USUAL, limitMs: 30_000, isRepeatable: false },
        // Which call it is, then its frames.
        corpus: [
          Buffer.concat([Buffer.of(0), frameOf(message)]),
          Buffer.concat([Buffer.of(1), frameOf(item), frameOf(item)]),
        ],
        async read(bytes) {
          const path = (bytes[0] ?? 0) % 2 === 0 ? Predict.path : PredictStream.path;
          const answer = await framed(path, bytes.subarray(1));
          const isAnswered = /^\d+$/.test(answer) || /NGHTTP2_|closed/.test(answer);
          if (!isAnswered || answer === String(status.UNKNOWN)) throw new Error(`it ended with "${answer}"`);
          if (answer !== '0') throw new NoMessage(answer);
          // The next one is served as if nothing had been.
          if ((await framed(Predict.path, frameOf(message))) !== '0') throw new Error('the next call was not served');
        },
        isRefusal: (thrown) => thrown instanceof NoMessage,
      });
      expect(refused).toBeGreaterThan(0);
    },
    fuzzTimeoutMs(USUAL),
  );
});

describe('a broken call', () => {
  it.each(CALLS.map((call, place) => ({ ...call, seed: 1600 + place })))(
    'is answered by the server, which serves the next one: $parser',
    async ({ parser, codec, corpus, send, seed }) => {
      const { inputs, refused } = await fuzzParser({
        ...{ parser, seed, corpus, usual: USUAL, mutate: mutateMessage(codec), limitMs: 30_000 },
        async read(bytes) {
          test.logged.length = 0;
          let isMessage = true;
          try {
            messageOf(codec, bytes);
          } catch {
            isMessage = false;
          }
          await send(bytes).catch((thrown: ServiceError) => {
            if (!isMessage) throw new NoMessage('the transport refuses it');
            throw thrown.code === undefined ? thrown : fromGrpcError(thrown);
          });
        },
        isRefusal: (thrown) => thrown instanceof NoMessage || isOurs(thrown),
      });
      if (!parser.endsWith('Stream')) expect(refused).toBeGreaterThan(inputs / 20);
      expect(refused).toBeLessThan(inputs);
    },
    fuzzTimeoutMs(USUAL),
  );
});

// What a status without details of ours is taken for.
const NOT_OURS = ['DH_INTERNAL', 'DH_CONNECT_FAILED', 'DH_RESPONSE_INVALID'];

/** An error of the catalogue, and none of the server's own. */
function isOurs(thrown: unknown): boolean {
  const code = (thrown as { code?: unknown }).code;
  return typeof code === 'string' && code.startsWith('DH_') && !NOT_OURS.includes(code);
}
