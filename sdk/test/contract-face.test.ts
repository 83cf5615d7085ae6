import { connect } from 'node:http2';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import { Client, credentials, Metadata, Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { type ContractFace, type ContractFaceOptions, serveContractFace } from '../src/adapter/serve-contract-face.js';
import { DeepHealthError } from '../src/errors/deephealth-error.js';
import { fromGrpcError, toGrpcFailure } from '../src/errors/grpc-status.js';
import { event, type Script, serverInfo, startScriptedRuntime } from './scripted-runtime.js';

const asIs = (bytes: Buffer) => bytes;
const PREDICT = '/deephealth.runtime.v1.ModelRuntime/Predict';
const WATCH = '/deephealth.runtime.v1.ModelRuntime/WatchModels';
const STREAM = '/deephealth.runtime.v1.ModelRuntime/PredictStream';
const { Predict, WatchModels } = modelRuntimeService();
const request = (requestId: string) => Predict.requestSerialize({ requestId });

let taken: ContractFace | undefined;
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A runtime, the face before it, and a client of the face. */
async function sandwich(script: Script, options: Partial<ContractFaceOptions> = {}) {
  const runtime = await startScriptedRuntime(script);
  cleanUps.push(() => runtime.stop());
  return { runtime, ...(await faceOf(runtime.address, options)) };
}

async function faceOf(runtime: string, options: Partial<ContractFaceOptions> = {}) {
  const face = await serveContractFace({ runtime, ...options });
  cleanUps.push(() => face.stop(0));
  const client = new Client(face.address, credentials.createInsecure());
  cleanUps.push(() => client.close());
  return { face, client };
}

/** Bytes to bytes; rejects with the ServiceError. */
function ask(client: Client, bytes: Buffer, { deadline, metadata = new Metadata() }: Asked = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(PREDICT, asIs, asIs, bytes, metadata, { ...(deadline && { deadline }) }, (error, answer) =>
      error === null ? resolve(answer as Buffer) : reject(error),
    );
  });
}
interface Asked {
  readonly deadline?: number;
  readonly metadata?: Metadata;
}

const failure = (asked: Promise<unknown>): Promise<ServiceError> =>
  asked.then(
    () => expect.fail('it was answered'),
    (error) => error as ServiceError,
  );

describe('the contract face of an adapter', () => {
  it('hands a call on with what concerns the runtime, its deadline and its trace, and without credentials', async () => {
    let seen: { metadata: Metadata; deadline: number } | undefined;
    const { client } = await sandwich({
      predict: (call, callback) => {
        seen = { metadata: call.metadata, deadline: Number(call.getDeadline()) };
        callback(null, { requestId: call.request.requestId ?? '' });
      },
    });
    const metadata = new Metadata();
    metadata.set('authorization', 'Bearer of-the-caller');
    metadata.set('x-api-key', 'of-the-caller');
    metadata.set('cookie', 'session=of-the-caller');
    metadata.set('traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
    metadata.set('deephealth-case-id', 'one');
    const deadline = Date.now() + 3_000;
    const answer = await ask(client, request('r1'), { metadata, deadline });
    expect(Predict.responseDeserialize(answer).requestId).toBe('r1');
    expect(Math.abs((seen?.deadline ?? 0) - deadline)).toBeLessThan(300);
    const told = Object.entries(seen?.metadata.getMap() ?? {}).map(([name, value]) => `${name}: ${value}`);
    expect(told.join('\n')).not.toContain('of-the-caller');
    expect(seen?.metadata.get('deephealth-case-id')).toEqual(['one']);
    expect(seen?.metadata.get('traceparent')).toHaveLength(1);
  });

  it('keeps what a newer contract says, in both directions', async () => {
    // Field 500, a text: nobody here knows it.
    const newer = Buffer.from([0xa2, 0x1f, 3, 0x6e, 0x65, 0x77]);
    const sent: Buffer[] = [];
    // A runtime that answers bytes.
    const server = new Server();
    const method = { ...Predict, requestDeserialize: asIs, responseSerialize: asIs };
    server.addService({ predict: method } as never, {
      predict: (call: { request: Buffer }, callback: (error: null, bytes: Buffer) => void) => {
        sent.push(call.request);
        callback(null, Buffer.concat([Predict.responseSerialize({ requestId: 'r2' }), newer]));
      },
    });
    const port = await new Promise<number>((resolve) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, bound) => resolve(bound));
    });
    cleanUps.push(() => server.forceShutdown());
    const { client } = await faceOf(`127.0.0.1:${port}`);
    const answer = await ask(client, Buffer.concat([request('r2'), newer]));
    expect(sent[0]?.subarray(-newer.length)).toEqual(newer);
    expect(answer.subarray(-newer.length)).toEqual(newer);
  });

  it('gives an error of the runtime as it is, with all that it names', async () => {
    const said = new DeepHealthError('DH_QUEUE_FULL', 'The queue is full.', {
      details: { model: 'm' },
      retryAfterMs: 1_500,
    });
    const { client } = await sandwich({ predict: (_, callback) => callback(toGrpcFailure(said)) });
    const error = await failure(ask(client, request('r3')));
    expect(error.code).toBe(status.RESOURCE_EXHAUSTED);
    const told = fromGrpcError(error);
    expect(told).toMatchObject({ code: 'DH_QUEUE_FULL', message: 'The queue is full.', retryAfterMs: 1_500 });
    expect(told.details).toMatchObject({ model: 'm' });
  });

  it('says nothing of where the runtime is, nor what it says outside of the contract', async () => {
    const details = 'ENOENT: /srv/models/weights.bin on 10.1.2.3:8500';
    const { client } = await sandwich({
      predict: (_, callback) => callback({ code: status.UNKNOWN, details, metadata: new Metadata() }),
    });
    const error = await failure(ask(client, request('r4')));
    expect(fromGrpcError(error).code).toBe('DH_RESPONSE_INVALID');
    expect(error.details).not.toMatch(/srv|10\.1/);
  });

  it('answers UNAVAILABLE without a runtime, worth another try, and finds it again', async () => {
    const { client, runtime } = await sandwich({ predict: (_, callback) => callback(null, {}) });
    await ask(client, request('before'));
    runtime.stop();
    const error = await failure(ask(client, request('without'), { deadline: Date.now() + 3_000 }));
    expect(error.code).toBe(status.UNAVAILABLE);
    expect(fromGrpcError(error)).toMatchObject({ code: 'DH_CONNECT_FAILED', retryable: true });
    expect(error.details).not.toContain(runtime.address);
  });

  it('does not wait for ever for a peer that takes the connection and says nothing', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', () => resolve()));
    cleanUps.push(() => silent.close());
    const { port } = silent.address() as { port: number };
    const { client } = await faceOf(`127.0.0.1:${port}`, { connectTimeoutMs: 200 });
    const started = performance.now();
    const error = await failure(ask(client, request('r5')));
    expect(fromGrpcError(error).code).toBe('DH_CONNECT_FAILED');
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it.each(['a call', 'a stream'])('lets the runtime feel that %s was cancelled', async (what) => {
    const [asked, cancelled] = [event(), event()];
    const { client } = await sandwich({
      predict: (call) => {
        asked.happen();
        call.on('cancelled', () => cancelled.happen());
      },
      predictStream: (call) => {
        asked.happen();
        call.on('cancelled', () => cancelled.happen());
        call.on('error', () => undefined);
      },
    });
    const call =
      what === 'a call'
        ? client.makeUnaryRequest(PREDICT, asIs, asIs, request('r6'), () => undefined)
        : client.makeBidiStreamRequest(STREAM, asIs, asIs);
    call.on('error', () => undefined);
    await asked.happened;
    call.cancel();
    await cancelled.happened;
  });

  it('lets a caller that reads slowly slow the runtime down', async () => {
    const [messages, size] = [384, 256 * 1024];
    let written = 0;
    const { face } = await sandwich({
      watchModels: async (call) => {
        const model: runtimeV1.ModelSummary = { name: 'x'.repeat(size) };
        for (; written < messages && !call.cancelled; written++) {
          if (!call.write({ model } as never)) {
            await new Promise<void>((resolve) => call.once('drain', () => resolve()));
          }
        }
        call.end();
      },
    });
    // A grpc-js client reads ahead even where it is paused; this one takes no byte more than its window has.
    const session = connect(`http://${face.address}`);
    cleanUps.push(() => session.close());
    const stream = session.request({
      ':method': 'POST',
      ':path': WATCH,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.end(Buffer.alloc(5));
    // Until it has come to a stop.
    for (let before = -1; before !== written || written === 0; await delay(200)) before = written;
    expect(written).toBeLessThan(messages / 2);
    let received = 0;
    for await (const bytes of stream as AsyncIterable<Buffer>) received += bytes.byteLength;
    expect(written).toBe(messages);
    expect(received).toBeGreaterThan(messages * size);
  });

  it('hands streams on in both directions, in order, and ends them', async () => {
    const { client } = await sandwich({
      predictStream: (call) => {
        call.write({ ready: { maxInFlight: 4 } } as never);
        call.on('data', ({ itemId }: { itemId: string }) => call.write({ result: { itemId } } as never));
        call.on('end', () => call.end());
      },
    });
    const { PredictStream } = modelRuntimeService();
    const stream = client.makeBidiStreamRequest(STREAM, asIs, asIs);
    const ids = ['a', 'b', 'c'];
    for (const itemId of ids) stream.write(PredictStream.requestSerialize({ itemId }));
    stream.end();
    const answers: string[] = [];
    for await (const bytes of stream as AsyncIterable<Buffer>) {
      answers.push(PredictStream.responseDeserialize(bytes).result?.itemId ?? 'ready');
    }
    expect(answers).toEqual(['ready', ...ids]);
  });

  it('stops: what is under way has its time, what stays is ended', async () => {
    const asked = event();
    const { client, face } = await sandwich({
      getServerInfo: (_, callback) => callback(null, serverInfo),
      predict: async (_, callback) => {
        asked.happen();
        await delay(100);
        callback(null, { requestId: 'done' });
      },
      watchModels: () => undefined,
    });
    const open = client.makeServerStreamRequest(WATCH, asIs, asIs, WatchModels.requestSerialize({}));
    const ended = new Promise<void>((resolve) => open.on('error', () => resolve()));
    open.resume();
    const answer = ask(client, request('r7'));
    await asked.happened;
    const started = performance.now();
    await face.stop(300);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(Predict.responseDeserialize(await answer).requestId).toBe('done');
    await ended;
  });

  it.each<[string, () => Partial<ContractFaceOptions>, string]>([
    ['outside of loopback without credentials', () => ({ host: '0.0.0.0' }), 'DH_INSECURE_BIND_REFUSED'],
    ['at a port that is taken', () => ({ port: taken?.port ?? 0 }), 'DH_PORT_IN_USE'],
  ])('is not served %s', async (_, options, code) => {
    taken = await serveContractFace({ runtime: '127.0.0.1:1' });
    cleanUps.push(() => taken?.stop(0));
    const refused = await serveContractFace({ runtime: '127.0.0.1:1', ...options() }).catch((error) => error);
    expect((refused as DeepHealthError).code).toBe(code);
  });
});
