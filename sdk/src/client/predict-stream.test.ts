import { EventEmitter } from 'node:events';
import type { runtimeV1 } from '@deephealth/proto';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { event, type ScriptedRuntime, startScriptedRuntime } from '../../test/scripted-runtime.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { toGrpcFailure } from '../errors/grpc-status.js';
import type { CallSettings } from './contract-calls.js';
import { openPredictStream, type PredictStream } from './predict-stream.js';
import { createRuntimeClient, type RuntimeClient } from './runtime-client.js';

type Stream = ServerDuplexStream<runtimeV1.PredictStreamRequest__Output, runtimeV1.PredictStreamResponse>;

let runtime: ScriptedRuntime | undefined;
let client: RuntimeClient | undefined;
afterEach(() => {
  client?.close();
  runtime?.stop();
  client = runtime = undefined;
});

/** A server whose side of the stream the test holds in its hands. */
async function openTo(serve: (stream: Stream) => void, settings?: CallSettings): Promise<PredictStream> {
  runtime = await startScriptedRuntime({ predictStream: serve });
  client = createRuntimeClient({ address: runtime.address });
  return client.predictStream(settings);
}

/** The server's side, with items collected and a promise for each count of them. */
function collector(maxInFlight: number) {
  const items: string[] = [];
  const waiting: { count: number; happen: () => void }[] = [];
  const opened = event<Stream>();
  const cancelled = event();
  return {
    items,
    opened: opened.happened,
    cancelled: cancelled.happened,
    received: (count: number) =>
      new Promise<void>((happen) => {
        if (items.length >= count) happen();
        else waiting.push({ count, happen });
      }),
    serve: (stream: Stream) => {
      stream.write({ ready: { maxInFlight } });
      stream.on('cancelled', () => cancelled.happen());
      stream.on('data', ({ itemId }: runtimeV1.PredictStreamRequest__Output) => {
        items.push(itemId);
        for (const { count, happen } of waiting) if (items.length >= count) happen();
      });
      stream.on('end', () => stream.end());
      opened.happen(stream);
    },
  };
}

const answer = (stream: Stream, itemId: string) =>
  stream.write({ result: { itemId, response: { requestId: `for ${itemId}` } } });

const failureOf = async (promise: Promise<unknown>): Promise<DeepHealthError> => {
  const thrown = await promise.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  if (!(thrown instanceof DeepHealthError)) throw thrown;
  return thrown;
};

describe('a predict stream', () => {
  it('gives each result to its item, in whatever order they come', async () => {
    const server = collector(3);
    const stream = await openTo(server.serve);
    const wire = await server.opened;
    const results = ['a', 'b', 'c'].map((id) => stream.predict(id, { modelName: 'm' }));
    await server.received(3);
    for (const id of ['c', 'a', 'b']) answer(wire, id);
    expect((await Promise.all(results)).map((r) => r.requestId)).toEqual(['for a', 'for b', 'for c']);
  });

  it('keeps as many items unanswered as the server allows, and sends the next for each answer', async () => {
    const server = collector(2);
    const stream = await openTo(server.serve);
    expect(stream.maxInFlight).toBe(2);
    const wire = await server.opened;
    const results = ['a', 'b', 'c', 'd', 'e'].map((id) => stream.predict(id, {}));
    await server.received(2);
    // Each step answers one item; the server must never have seen more than two unanswered ones.
    for (const [answered, id] of ['b', 'a', 'c', 'd', 'e'].entries()) {
      expect(server.items.length - answered).toBeLessThanOrEqual(2);
      answer(wire, id);
      await results[['a', 'b', 'c', 'd', 'e'].indexOf(id)];
      await server.received(Math.min(5, answered + 3));
    }
    expect(server.items).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('sends one item at a time where the server allows none', async () => {
    const server = collector(0);
    const stream = await openTo(server.serve);
    const wire = await server.opened;
    const results = ['a', 'b'].map((id) => stream.predict(id, {}));
    await server.received(1);
    expect(server.items).toEqual(['a']);
    answer(wire, 'a');
    await server.received(2);
    answer(wire, 'b');
    await expect(Promise.all(results)).resolves.toHaveLength(2);
  });

  it('lets a failed item reject only itself (DH-R-038)', async () => {
    const server = collector(3);
    const stream = await openTo(server.serve);
    const wire = await server.opened;
    const [bad, strange, good] = ['bad', 'strange', 'good'].map((id) => stream.predict(id, {})) as [
      Promise<unknown>,
      Promise<unknown>,
      Promise<unknown>,
    ];
    const metadata = { input: 'ecg' };
    wire.write({
      result: { itemId: 'bad', status: { code: 3, message: 'Missing.', reason: 'INPUT_MISSING', metadata } },
    });
    wire.write({ result: { itemId: 'strange', status: { code: 13, message: 'Odd.', reason: 'OF_NEXT_YEAR' } } });
    answer(wire, 'good');
    expect(await failureOf(bad)).toMatchObject({ code: 'DH_INPUT_MISSING', message: 'Missing.', details: metadata });
    expect(await failureOf(strange)).toMatchObject({ code: 'DH_RESPONSE_INVALID', message: 'Odd.' });
    expect(await good).toMatchObject({ requestId: 'for good' });
    const later = stream.predict('later', {});
    await server.received(4);
    answer(wire, 'later');
    expect(await later).toMatchObject({ requestId: 'for later' });
  });

  it('refuses a second item under the id of an unanswered one, and allows the id again afterwards', async () => {
    const server = collector(3);
    const stream = await openTo(server.serve);
    const wire = await server.opened;
    const first = stream.predict('a', {});
    expect(await failureOf(stream.predict('a', {}))).toMatchObject({
      code: 'DH_ITEM_ID_DUPLICATE',
      details: { item: 'a' },
    });
    await server.received(1);
    answer(wire, 'a');
    await first;
    const again = stream.predict('a', {});
    await server.received(2);
    answer(wire, 'a');
    await again;
    expect(server.items).toEqual(['a', 'a']);
  });

  it('passes over results for items that nobody sent', async () => {
    const server = collector(2);
    const stream = await openTo(server.serve);
    const wire = await server.opened;
    const result = stream.predict('a', {});
    await server.received(1);
    answer(wire, 'x');
    answer(wire, 'a');
    expect(await result).toMatchObject({ requestId: 'for a' });
  });

  it('ends when every item is answered, also those that still waited', async () => {
    const server = collector(1);
    const stream = await openTo(server.serve);
    const wire = await server.opened;
    const order: string[] = [];
    const results = ['a', 'b'].map((id) => stream.predict(id, {}).then(() => order.push(id)));
    const ended = stream.end().then(() => order.push('end'));
    await server.received(1);
    answer(wire, 'a');
    await server.received(2);
    answer(wire, 'b');
    await Promise.all([...results, ended]);
    expect(order).toEqual(['a', 'b', 'end']);
  });

  it('refuses an item behind the end and does no harm to the others', async () => {
    const server = collector(1);
    const stream = await openTo(server.serve);
    const wire = await server.opened;
    const first = stream.predict('a', {});
    const second = stream.predict('b', {});
    const ended = stream.end();
    expect((await failureOf(stream.predict('late', {}))).code).toBe('DH_REQUEST_MALFORMED');
    await server.received(1);
    answer(wire, 'a');
    await first;
    await server.received(2);
    answer(wire, 'b');
    await second;
    await ended;
    expect((await failureOf(stream.predict('later', {}))).code).toBe('DH_REQUEST_MALFORMED');
    expect(server.items).toEqual(['a', 'b']);
  });

  it('that fails rejects every item, sent or waiting, and end', async () => {
    const server = collector(1);
    const stream = await openTo(server.serve);
    const wire = await server.opened;
    const failures = ['a', 'b', 'c'].map((id) => failureOf(stream.predict(id, {})));
    const ended = failureOf(stream.end());
    await server.received(1);
    wire.emit('error', toGrpcFailure(new DeepHealthError('DH_SERVER_STOPPING', 'Bye.', { retryAfterMs: 9 })));
    for (const failure of await Promise.all([...failures, ended])) {
      expect(failure).toMatchObject({ code: 'DH_SERVER_STOPPING', message: 'Bye.', retryAfterMs: 9 });
    }
    expect((await failureOf(stream.predict('d', {}))).code).toMatch(/^DH_(SERVER_STOPPING|REQUEST_MALFORMED)$/);
  });

  it('that the server closes before every answer rejects the items without one', async () => {
    const server = collector(1);
    const stream = await openTo(server.serve);
    const wire = await server.opened;
    const failures = ['a', 'b'].map((id) => failureOf(stream.predict(id, {})));
    await server.received(1);
    wire.end();
    for (const failure of await Promise.all(failures)) expect(failure.code).toBe('DH_RESPONSE_INVALID');
  });

  it('that the server has closed refuses the next item instead of leaving it open for ever', async () => {
    // The client's side alone: when exactly it hears of the end is nothing that a server can tell.
    const call = Object.assign(new EventEmitter(), { write: () => true, end: () => undefined });
    const opening = openPredictStream(call as unknown as Parameters<typeof openPredictStream>[0]);
    call.emit('data', { ready: { maxInFlight: 4 } });
    const stream = await opening;
    call.emit('end');
    expect((await failureOf(stream.predict('a', {}))).code).toBe('DH_RESPONSE_INVALID');
    await expect(stream.end()).resolves.toBeUndefined();
  });

  it('that the server closes before it opens it is refused', async () => {
    expect((await failureOf(openTo((wire) => wire.end()))).code).toBe('DH_RESPONSE_INVALID');
  });

  it('that the server refuses to open is refused with its error', async () => {
    const refusal = toGrpcFailure(new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'No streams.'));
    expect(await failureOf(openTo((wire) => wire.emit('error', refusal)))).toMatchObject({ message: 'No streams.' });
  });

  it('has a deadline, which the server sees', async () => {
    const server = collector(1);
    await openTo(server.serve, { deadlineMs: 70_000 });
    const left = Number((await server.opened).getDeadline()) - Date.now();
    expect(left).toBeGreaterThan(60_000);
    expect(left).toBeLessThanOrEqual(71_000);
  });

  it.each(['cancel', 'signal'] as const)('that is ended by %s rejects its items and tells the server', async (how) => {
    const abort = new AbortController();
    const server = collector(1);
    const stream = await openTo(server.serve, { signal: abort.signal });
    await server.opened;
    const failures = ['a', 'b'].map((id) => failureOf(stream.predict(id, {})));
    await server.received(1);
    if (how === 'cancel') stream.cancel();
    else abort.abort();
    for (const failure of await Promise.all(failures)) expect(failure.code).toBe('DH_CANCELLED');
    await server.cancelled;
  });
});
