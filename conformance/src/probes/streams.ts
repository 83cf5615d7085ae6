import type { runtimeV1 } from '@deephealth/proto';
import type { PredictSpec } from '../cases/case-types.js';
import { TargetFailure } from '../run/case-result.js';
import { decode, encode, frame, pathOf, RawGrpc } from '../targets/raw-grpc.js';
import { TargetClient } from '../targets/target-client.js';
import { checkItem, itemOutcome, OpenStream, requestOf, resultOf } from './open-stream.js';
import type { Probe, ProbeContext } from './probe.js';
import { moment, waitMs } from './waits.js';

const GOLDEN = { outputs: { probabilities: 'golden' } } as const;
const quick = (seed: number): PredictSpec => ({
  model: 'conformance-network',
  inputs: { features: `noise${seed}-1x16.fp32` },
});
const pause = (seed: number): PredictSpec => ({ model: 'conformance-pause', inputs: { x: `noise${seed}-1x4.fp32` } });
const slow = (seed: number): PredictSpec => ({ model: 'conformance-slow', inputs: { x: `noise${seed}-1x4.fp32` } });
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const open = (context: ProbeContext) => new OpenStream(context.client, waitMs('call', context));

/** Ready comes before any item does, and says what GetServerInfo says. */
const streamReady: Probe = async (context) => {
  const info = await context.client.call('GetServerInfo', {}, waitMs('call', context));
  const { limits } = (info.response ?? {}) as runtimeV1.GetServerInfoResponse__Output;
  const stream = open(context);
  const maxInFlight = await stream.ready();
  if (maxInFlight !== limits?.maxStreamItemsInFlight) {
    throw new TargetFailure(`Ready says ${maxInFlight}, and GetServerInfo ${limits?.maxStreamItemsInFlight}`);
  }
  stream.halfClose();
  await stream.closed();
  return [`Ready with ${maxInFlight} before any item`, 'ended without an error'];
};

/** So many items of a stream take long enough for the others to come meanwhile. */
const HELD = 8;

/** As many items at once as Ready allows are all taken. */
const streamFilled: Probe = async (context) => {
  const stream = open(context);
  const maxInFlight = await stream.ready();
  const all = numbers(maxInFlight);
  const specOf = (seed: number) => (seed <= HELD ? pause(seed) : quick(seed));
  for (const seed of all) stream.send(`item-${seed}`, requestOf(specOf(seed)));
  stream.halfClose();
  await stream.closed();
  for (const seed of all) {
    const expect = seed <= HELD ? ({ outputs: { y: 'golden' } } as const) : GOLDEN;
    checkItem(resultOf(stream.results, `item-${seed}`), specOf(seed), expect, context);
  }
  return [`${maxInFlight} items at once, each answered rightly`];
};

/** More items than Ready allows: those beyond are refused, and the stream goes on. */
const streamFull: Probe = async (context) => {
  const stream = open(context);
  const maxInFlight = await stream.ready();
  const all = numbers(maxInFlight + 4);
  for (const seed of all) stream.send(`item-${seed}`, requestOf(pause(seed)));
  await stream.answered(all.length);
  const outcomes = all.map((seed) => itemOutcome(resultOf(stream.results, `item-${seed}`)));
  const refused = outcomes.filter(({ reason }) => reason === 'STREAM_LIMIT_EXCEEDED');
  if (refused.length === 0) throw new TargetFailure(`${all.length} items are unanswered, and none was refused`);
  const other = outcomes.find(({ status, reason }) => status !== 'OK' && reason !== 'STREAM_LIMIT_EXCEEDED');
  if (other !== undefined) throw new TargetFailure(`an item was answered ${other.status} / ${other.reason}`);
  const wrong = refused.find(({ status }) => status !== 'RESOURCE_EXHAUSTED');
  if (wrong !== undefined) throw new TargetFailure(`an item too many was answered ${wrong.status}`);
  for (const [index, { status }] of outcomes.entries()) {
    if (status !== 'OK') continue;
    const seed = index + 1;
    checkItem(resultOf(stream.results, `item-${seed}`), pause(seed), { outputs: { y: 'golden' } }, context);
  }
  stream.send('after', requestOf(quick(1)));
  stream.halfClose();
  await stream.closed();
  checkItem(resultOf(stream.results, 'after'), quick(1), GOLDEN, context);
  return [`${refused.length} of ${all.length} items refused, the others answered rightly, and one after them`];
};

/** Many more items than may be in flight, as a careful caller sends them. */
const streamLong: Probe = async (context) => {
  const count = Number(context.with.items);
  const stream = open(context);
  const maxInFlight = await stream.ready();
  for (const seed of numbers(count)) {
    await stream.answered(seed - maxInFlight);
    stream.send(`item-${seed}`, requestOf(quick(seed)));
  }
  stream.halfClose();
  await stream.closed();
  if (stream.results.length !== count) throw new TargetFailure(`${count} items, ${stream.results.length} answers`);
  for (const seed of numbers(count)) checkItem(resultOf(stream.results, `item-${seed}`), quick(seed), GOLDEN, context);
  return [`${count} items, at most ${maxInFlight} at once, each answered rightly`];
};

/** Streams at the same time, whose items have the same ids. */
const streamMany: Probe = async (context) => {
  const streams = numbers(Number(context.with.streams)).map(() => open(context));
  await Promise.all(streams.map((stream) => stream.ready()));
  for (const [index, stream] of streams.entries()) {
    for (const item of numbers(4)) stream.send(`item-${item}`, requestOf(quick(index * 4 + item)));
    stream.halfClose();
  }
  await Promise.all(streams.map((stream) => stream.closed()));
  for (const [index, { results }] of streams.entries()) {
    for (const item of numbers(4))
      checkItem(resultOf(results, `item-${item}`), quick(index * 4 + item), GOLDEN, context);
  }
  return [`${streams.length} streams, each with the answers to its own items`];
};

/** What a stream held that was cancelled, or whose client is gone, is free for the next. */
const streamLeft: Probe = async (context) => {
  const rounds = 3;
  for (const _ of numbers(rounds)) {
    if (context.with.how === 'vanish') await leaveBehind(context);
    else await cancelFull(context);
    await streamFilled(context);
  }
  return [`${rounds} streams left full, and the next one after each takes as many items as Ready allows`];
};

async function cancelFull(context: ProbeContext): Promise<void> {
  const stream = open(context);
  const maxInFlight = await stream.ready();
  for (const seed of numbers(maxInFlight)) stream.send(`item-${seed}`, requestOf(pause(seed)));
  await moment(context, 0.5);
  stream.cancel();
}

async function leaveBehind(context: ProbeContext): Promise<void> {
  const limitMs = waitMs('connect', context);
  const raw = await RawGrpc.connect(context.target, limitMs);
  const call = raw.open(pathOf('PredictStream'));
  const [ready] = await call.messages(1, limitMs);
  if (ready === undefined) throw new TargetFailure('Ready does not come');
  for (const seed of numbers(4)) call.write(item(`item-${seed}`, pause(seed)));
  await moment(context, 0.5);
  raw.vanish();
}

const item = (itemId: string, predict: PredictSpec) =>
  frame(encode('PredictStream', { itemId, request: requestOf(predict) }));

/** Whoever reads late gets everything all the same. */
const streamSlowReader: Probe = async (context) => {
  const limitMs = waitMs('load', context);
  const info = await context.client.call('GetServerInfo', {}, waitMs('call', context));
  const { limits } = (info.response ?? {}) as runtimeV1.GetServerInfoResponse__Output;
  const count = Math.min(limits?.maxStreamItemsInFlight ?? 1, 16);
  const large = (seed: number): PredictSpec => ({
    model: 'conformance-identity-fp32',
    inputs: { x: `noise${seed}-16384.fp32` },
  });
  const raw = await RawGrpc.connect(context.target, limitMs);
  try {
    const call = raw.open(pathOf('PredictStream'));
    call.stopReading();
    for (const seed of numbers(count)) call.write(item(`item-${seed}`, large(seed)));
    call.end();
    await moment(context, 3);
    call.read();
    const { status, messages } = await call.answer(limitMs);
    if (status !== 'OK') throw new TargetFailure(`the stream ended with ${status ?? 'no status'}`);
    const results = messages.flatMap((bytes) => resultIn(bytes) ?? []);
    for (const seed of numbers(count)) {
      checkItem(resultOf(results, `item-${seed}`), large(seed), { outputs: { y: 'golden' } }, context);
    }
    return [`${count} answers of 64 KiB, read late, all there and right`];
  } finally {
    raw.close();
  }
};

function resultIn(bytes: Buffer) {
  return (decode('PredictStream', bytes) as runtimeV1.PredictStreamResponse__Output).result ?? undefined;
}

/** An item that is none is refused alone. */
const streamOddItem: Probe = async (context) => {
  const { id = '', hasRequest = true, reason } = context.with as { id?: string; hasRequest?: boolean; reason: string };
  const stream = open(context);
  await stream.ready();
  stream.send(id, hasRequest ? requestOf(quick(1)) : null);
  stream.send('good', requestOf(quick(2)));
  stream.halfClose();
  await stream.closed();
  checkItem(resultOf(stream.results, 'good'), quick(2), GOLDEN, context);
  const odd = stream.results.filter(({ itemId }) => itemId !== 'good');
  if (odd.length !== 1) throw new TargetFailure(`the odd item got ${odd.length} answers`);
  const { status, reason: given } = itemOutcome(odd[0] as (typeof odd)[number]);
  if (status !== 'INVALID_ARGUMENT' || given !== reason) {
    throw new TargetFailure(`expected INVALID_ARGUMENT / ${reason}, got ${status} / ${given}`);
  }
  return [`refused with ${reason}`, 'the item beside it answered rightly'];
};

/** A quick item does not wait for the slow one before it. */
const streamOvertake: Probe = async (context) => {
  const stream = open(context);
  await stream.ready();
  stream.send('slow', requestOf(slow(1)));
  stream.send('quick', requestOf(quick(2)));
  stream.halfClose();
  await stream.closed();
  checkItem(resultOf(stream.results, 'slow'), slow(1), { outputs: { y: 'golden' } }, context);
  checkItem(resultOf(stream.results, 'quick'), quick(2), GOLDEN, context);
  if (stream.results[0]?.itemId !== 'quick') {
    throw new TargetFailure('the answer of a quick item waits for that of another model before it');
  }
  return ['both answered rightly, the quick one first'];
};

/** Items that come after the one before was answered may have its id again. */
const streamIdAgain: Probe = async (context) => {
  const stream = open(context);
  await stream.ready();
  for (const seed of numbers(3)) {
    stream.send('same', requestOf(quick(seed)));
    await stream.answered(seed);
    const result = stream.results[seed - 1];
    if (result?.itemId !== 'same') throw new TargetFailure(`the answer has the id "${result?.itemId}"`);
    checkItem(result, quick(seed), GOLDEN, context);
  }
  stream.halfClose();
  await stream.closed();
  return ['three items of one id, one after the other, each answered rightly'];
};

/** Two channels: what one does to its stream is nothing to the other's. */
const streamBeside: Probe = async (context) => {
  const other = new TargetClient(context.target, 'beside');
  try {
    const left = new OpenStream(other, waitMs('call', context));
    const stays = open(context);
    await Promise.all([left.ready(), stays.ready()]);
    left.send('gone', requestOf(slow(1)));
    stays.send('stays', requestOf(slow(2)));
    await moment(context);
    left.cancel();
    stays.halfClose();
    await stays.closed();
    checkItem(resultOf(stays.results, 'stays'), slow(2), { outputs: { y: 'golden' } }, context);
    return ['a stream was cancelled, and the one beside it answered rightly'];
  } finally {
    other.close();
  }
};

export const STREAM_PROBES = {
  'stream-ready': streamReady,
  'stream-filled': streamFilled,
  'stream-full': streamFull,
  'stream-long': streamLong,
  'stream-many': streamMany,
  'stream-left': streamLeft,
  'stream-slow-reader': streamSlowReader,
  'stream-odd-item': streamOddItem,
  'stream-overtake': streamOvertake,
  'stream-id-again': streamIdAgain,
  'stream-beside': streamBeside,
} satisfies Record<string, Probe>;
