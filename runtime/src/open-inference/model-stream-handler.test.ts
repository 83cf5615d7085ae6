import { once } from 'node:events';
import { connect } from 'node:http2';
import { getDefaultHighWaterMark } from 'node:stream';
import { inferenceService, type inferenceV2, loadContract } from '@deephealth/proto';
import { type CallContext, DeepHealthError } from '@deephealth/sdk';
import { type ClientDuplexStream, credentials, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { openInferenceOver } from '../../test/served-model-double.js';
import { openInferenceHandlers } from './open-inference-handlers.js';

type Response = inferenceV2.ModelStreamInferResponse__Output;
type Stream = ClientDuplexStream<inferenceV2.ModelInferRequest, Response>;

/** A request that has reached the protocol, to be answered by the test. */
interface Arrived {
  readonly id: string;
  readonly context: CallContext;
  answer(response?: inferenceV2.ModelInferResponse): void;
  refuse(error: DeepHealthError): void;
}

const IN_FLIGHT = 3;
const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const act of cleanUp.splice(0)) act();
});

async function serve() {
  const arrived: Arrived[] = [];
  const errors: unknown[] = [];
  let onArrival: () => void = () => undefined;
  const server = new Server();
  const openInference = {
    ...openInferenceOver([]),
    modelInfer: ({ id }: inferenceV2.ModelInferRequest__Output, context: CallContext) =>
      new Promise<inferenceV2.ModelInferResponse>((resolve, reject) => {
        arrived.push({ id, context, answer: (response = {}) => resolve({ id, ...response }), refuse: reject });
        onArrival();
      }),
  };
  const options = { maxStreamRequestsInFlight: IN_FLIGHT, onError: (thrown: unknown) => errors.push(thrown) };
  server.addService(inferenceService(), openInferenceHandlers(openInference, options));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  const client = new (loadContract().inference.GRPCInferenceService)(`127.0.0.1:${port}`, credentials.createInsecure());
  cleanUp.push(() => {
    client.close();
    server.forceShutdown();
  });
  return {
    arrived,
    errors,
    port,
    open: (metadata = new Metadata()): Stream => client.modelStreamInfer(metadata) as unknown as Stream,
    /** Resolves when that many requests have arrived altogether. */
    arrivals: (count: number) =>
      new Promise<void>((resolve) => {
        onArrival = () => arrived.length >= count && resolve();
        onArrival();
      }),
    /** Some calls there and back, so that whatever was on its way is there. */
    async settle() {
      for (let i = 0; i < 20; i++) {
        await new Promise((resolve, reject) =>
          client.serverLive({}, (error) => (error === null ? resolve(undefined) : reject(error))),
        );
      }
    },
  };
}

/** A message as it goes over HTTP/2: not compressed, with its length. */
function frameOf(request: inferenceV2.ModelInferRequest): Buffer {
  const message = inferenceService().ModelStreamInfer.requestSerialize(request);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}

/** Collects what comes; `ended` resolves with the final status. */
function collect(stream: Stream) {
  const responses: Response[] = [];
  stream.on('data', (response: Response) => responses.push(response));
  stream.on('error', () => undefined);
  const ended = new Promise<{ code: status; details: string }>((resolve) => stream.on('status', resolve));
  return {
    responses,
    ended,
    async has(count: number) {
      while (responses.length < count) await once(stream, 'data');
    },
  };
}

describe('ModelStreamInfer', () => {
  it('answers each request as it is ready, told apart by their ids', async () => {
    const { arrived, arrivals, open } = await serve();
    const stream = open();
    const { responses, has } = collect(stream);
    for (const id of ['a', 'b', 'c']) stream.write({ id });
    await arrivals(3);
    arrived[2]?.answer();
    await has(1);
    arrived[0]?.answer();
    await has(2);
    arrived[1]?.answer();
    await has(3);
    expect(responses.map(({ inferResponse }) => inferResponse?.id)).toEqual(['c', 'a', 'b']);
    expect(responses.every(({ errorMessage }) => errorMessage === '')).toBe(true);
  });

  it('ends when the caller has ended it and every request is answered', async () => {
    const { arrived, arrivals, open } = await serve();
    const stream = open();
    const { responses, ended } = collect(stream);
    stream.write({ id: 'a' });
    stream.end();
    await arrivals(1);
    arrived[0]?.answer();
    expect((await ended).code).toBe(status.OK);
    expect(responses).toHaveLength(1);
  });

  it('ends at once if nothing was sent', async () => {
    const { open } = await serve();
    const stream = open();
    const { ended } = collect(stream);
    stream.end();
    expect((await ended).code).toBe(status.OK);
  });

  it('answers an error as an error message with the id, and goes on', async () => {
    const { arrived, arrivals, open, errors } = await serve();
    const stream = open();
    const { responses, has, ended } = collect(stream);
    stream.write({ id: 'a', modelName: 'm' });
    await arrivals(1);
    const refusal = new DeepHealthError('DH_INPUT_UNKNOWN', 'no such input');
    arrived[0]?.refuse(refusal);
    await has(1);
    stream.write({ id: 'b' });
    await arrivals(2);
    arrived[1]?.answer();
    stream.end();
    expect((await ended).code).toBe(status.OK);
    expect(responses[0]).toMatchObject({
      errorMessage: 'no such input',
      inferResponse: { id: 'a', modelName: 'm', parameters: { deephealth_error: { stringParam: 'DH_INPUT_UNKNOWN' } } },
    });
    expect(responses[1]).toMatchObject({ errorMessage: '', inferResponse: { id: 'b' } });
    expect(errors).toEqual([refusal]);
  });

  it('tells nothing of a fault of the server but that there was one', async () => {
    const { arrived, arrivals, open } = await serve();
    const stream = open();
    const { responses, has } = collect(stream);
    stream.write({ id: 'a' });
    await arrivals(1);
    arrived[0]?.refuse(new Error('ENOENT /home/secret') as never);
    await has(1);
    expect(responses[0]?.errorMessage).toMatch(/^Internal error/);
  });

  it('ends with a real status at the first error where the caller wants that, and drops the rest', async () => {
    const { arrived, arrivals, open } = await serve();
    const metadata = new Metadata();
    metadata.set('triton_grpc_error', 'true');
    const stream = open(metadata);
    const { responses, has, ended } = collect(stream);
    stream.write({ id: 'a' });
    stream.write({ id: 'b' });
    stream.write({ id: 'c' });
    await arrivals(3);
    arrived[0]?.answer();
    await has(1);
    arrived[1]?.refuse(new DeepHealthError('DH_MODEL_NOT_FOUND', "Request for unknown model: 'm' is not found"));
    expect(await ended).toMatchObject({
      code: status.NOT_FOUND,
      details: "Request for unknown model: 'm' is not found",
    });
    expect(arrived[2]?.context.signal.aborted).toBe(true);
    arrived[2]?.answer();
    expect(responses.map(({ inferResponse }) => inferResponse?.id)).toEqual(['a']);
  });

  it('reads no further request while as many as it may have are under way', async () => {
    const { arrived, arrivals, open, settle } = await serve();
    const stream = open();
    const { responses, ended } = collect(stream);
    const ids = Array.from({ length: 10 }, (_, index) => String(index));
    for (const id of ids) stream.write({ id });
    stream.end();
    await arrivals(IN_FLIGHT);
    await settle();
    expect(arrived).toHaveLength(IN_FLIGHT);
    for (let next = 0; next < ids.length; next++) {
      await arrivals(next + 1);
      expect(arrived.length).toBeLessThanOrEqual(next + IN_FLIGHT);
      arrived[next]?.answer();
    }
    expect((await ended).code).toBe(status.OK);
    expect(responses.map(({ inferResponse }) => inferResponse?.id)).toEqual(ids);
  });

  it('keeps a bounded number of answers for a caller that does not read, and loses none', async () => {
    const { arrived, arrivals, port, settle } = await serve();
    const session = connect(`http://127.0.0.1:${port}`);
    cleanUp.push(() => session.destroy());
    // The client library would read everything by itself.
    const stream = session.request({
      ':method': 'POST',
      ':path': '/inference.GRPCInferenceService/ModelStreamInfer',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const total = 60;
    for (let index = 0; index < total; index++) stream.write(frameOf({ id: String(index) }));
    stream.end();
    const rawOutputContents = [Buffer.alloc(300_000)];
    let answered = 0;
    const answerAll = () => {
      for (; answered < arrived.length; answered++) arrived[answered]?.answer({ rawOutputContents });
    };
    await arrivals(IN_FLIGHT);
    for (let round = 0; round < 12; round++) {
      answerAll();
      await settle();
    }
    // Those under way, and those that a stream of objects holds before it says that it is full.
    expect(arrived.length).toBeLessThanOrEqual(2 * IN_FLIGHT + getDefaultHighWaterMark(true));

    let received = 0;
    stream.on('data', (chunk: Buffer) => {
      received += chunk.byteLength;
    });
    const ended = once(stream, 'end');
    for (let count = arrived.length + 1; count <= total; count++) {
      await arrivals(count);
      answerAll();
    }
    await ended;
    expect(Math.floor(received / 300_000)).toBe(total);
  });

  it('drops what is under way when the caller cancels', async () => {
    const { arrived, arrivals, open } = await serve();
    const stream = open();
    const { ended } = collect(stream);
    stream.write({ id: 'a' });
    await arrivals(1);
    const aborted = once(arrived[0]?.context.signal as AbortSignal, 'abort');
    stream.cancel();
    await aborted;
    expect((await ended).code).toBe(status.CANCELLED);
  });
});
