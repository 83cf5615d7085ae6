import { connect as connectSocket, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { runtimeV1 } from '@deephealth/proto';
import { seededRandom } from '@deephealth/sdk';
import type { PredictSpec, Step } from '../cases/case-types.js';
import { buildPredict } from '../run/build-predict.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { checkOutcome } from '../run/check-outcome.js';
import {
  decode,
  encode,
  frame,
  pathOf,
  type RawAnswer,
  type RawCall,
  RawGrpc,
  socketAddress,
} from '../targets/raw-grpc.js';
import { requestOf } from './open-stream.js';
import type { Probe, ProbeContext } from './probe.js';
import { held, moment, waitMs } from './waits.js';

const SPEC: PredictSpec = { model: 'conformance-matmul', inputs: { a: 'ramp-3x4.fp32', b: 'noise9-4x4.fp32' } };
const ALIVE: Step = { predict: SPEC, expect: { outputs: { y: 'golden' } } };
const body = () => encode('Predict', requestOf(SPEC));

/** Field 999 with five bytes, which no contract of this major has. */
const UNKNOWN_FIELD = Buffer.from([0xba, 0x3e, 5, 104, 101, 108, 108, 111]);
/** Field 1, a text in the contract, as a number. */
const NUMBER_FOR_TEXT = Buffer.from([0x08, 0x01]);

async function withRaw(context: ProbeContext, use: (raw: RawGrpc, limitMs: number) => Promise<string[]>) {
  const raw = await RawGrpc.connect(context.target, waitMs('connect', context));
  try {
    return await use(raw, waitMs('call', context));
  } finally {
    raw.close();
  }
}

const shown = ({ status, httpStatus, resetCode }: RawAnswer) =>
  status ?? `HTTP ${httpStatus ?? 'without an answer'}, reset ${resetCode}`;

/** What a broken message is, by its name. */
function brokenMessages(kind: string): { rpc: string; bytes: Buffer }[] {
  switch (kind) {
    case 'truncated': {
      const whole = body();
      return [0.3, 0.6, 0.9].map((part) => ({
        rpc: 'Predict',
        bytes: frame(whole.subarray(0, Math.floor(whole.length * part))),
      }));
    }
    case 'text-too-long':
      // A name that says it is longer than the message.
      return [{ rpc: 'ListModels', bytes: frame(Buffer.from([0x0a, 0x7f, 0x61, 0x62])) }];
    case 'wrong-wire-type':
      return [{ rpc: 'GetModel', bytes: frame(NUMBER_FOR_TEXT) }];
    case 'random': {
      const next = seededRandom(7);
      return Array.from({ length: 20 }, (_, index) => ({
        rpc: 'Predict',
        // The first byte is no field of any message: wire type 7 does not exist.
        bytes: frame(Buffer.from([0x07, ...Array.from({ length: index * 13 }, () => Math.floor(next() * 256))])),
      }));
    }
    case 'none':
      return [{ rpc: 'Predict', bytes: Buffer.alloc(0) }];
    case 'length-too-long':
      return [{ rpc: 'ListModels', bytes: frame(encode('ListModels', {}), { length: 100 }) }];
    case 'prefix-only':
      return [{ rpc: 'ListModels', bytes: Buffer.from([0, 0, 0]) }];
    default:
      throw new RangeError(`no message is broken as "${kind}"`);
  }
}

/** A message that is none is answered with a status that is no success, and the connection goes on. */
const brokenMessage: Probe = (context) =>
  withRaw(context, async (raw, limitMs) => {
    const messages = brokenMessages(String(context.with.kind));
    const seen = new Set<string>();
    for (const { rpc, bytes } of messages) {
      const answer = await raw.send(pathOf(rpc), bytes).answer(limitMs);
      if (answer.status === undefined || answer.status === 'OK') {
        throw new TargetFailure(
          `a broken message to ${rpc} must be answered with a status of failure, got ${shown(answer)}`,
        );
      }
      seen.add(answer.status);
    }
    return [
      `${messages.length} broken messages answered ${[...seen].join(', ')}`,
      ...(await goesOn(raw, limitMs, context)),
    ];
  });

/** The same connection still answers, and rightly. */
async function goesOn(raw: RawGrpc, limitMs: number, { profile }: ProbeContext): Promise<string[]> {
  const answer = await raw.send(pathOf('Predict'), frame(body())).answer(limitMs);
  const [message] = answer.messages;
  if (answer.status !== 'OK' || message === undefined) {
    throw new TargetFailure(`afterwards, the same connection is answered ${shown(answer)}`);
  }
  check(message, profile);
  return ['the same connection goes on'];
}

function check(message: Buffer, profile: ProbeContext['profile']): void {
  const response = decode('Predict', message) as runtimeV1.PredictResponse__Output;
  const outcome = { status: 'OK', message: '', reason: '', domain: '', metadata: {}, response };
  const { tensors } = buildPredict(SPEC, '');
  checkOutcome(
    outcome,
    { outputs: { y: 'golden' } },
    {
      model: SPEC.model,
      tensors,
      digests: { package: '', onnx: '' },
      profile,
    },
  );
}

/** A field of a later minor version is no reason to refuse. */
const unknownField: Probe = (context) =>
  withRaw(context, async (raw, limitMs) => {
    const bytes = frame(Buffer.concat([UNKNOWN_FIELD, body(), UNKNOWN_FIELD]));
    const answer = await raw.send(pathOf('Predict'), bytes).answer(limitMs);
    const [message] = answer.messages;
    if (answer.status !== 'OK' || message === undefined) {
      throw new TargetFailure(
        `a request with a field that nobody knows is answered ${shown(answer)} ${answer.message}`,
      );
    }
    check(message, context.profile);
    return ['a request with a field that nobody knows is answered rightly'];
  });

/** What is not served is answered UNIMPLEMENTED. */
const unknownPath: Probe = (context) =>
  withRaw(context, async (raw, limitMs) => {
    const path = String(context.with.path);
    const answer = await raw.send(path, frame(body())).answer(limitMs);
    if (answer.status !== 'UNIMPLEMENTED') throw new TargetFailure(`expected UNIMPLEMENTED, got ${shown(answer)}`);
    return [`${path} is answered UNIMPLEMENTED`, ...(await goesOn(raw, limitMs, context))];
  });

/** What is no gRPC is not answered as if it were. */
const otherContent: Probe = (context) =>
  withRaw(context, async (raw, limitMs) => {
    const answer = await raw
      .send(pathOf('Predict'), frame(body()), { 'content-type': String(context.with.type) })
      .answer(limitMs);
    if (answer.status === 'OK' || answer.messages.length > 0) throw new TargetFailure('it is answered like gRPC');
    if (answer.httpStatus === undefined) throw new TargetFailure('it is not answered at all');
    return [`answered HTTP ${answer.httpStatus}`, ...(await goesOn(raw, limitMs, context))];
  });

/** A message that says it is compressed in a way that nobody knows. */
const otherEncoding: Probe = (context) =>
  withRaw(context, async (raw, limitMs) => {
    const answer = await raw
      .send(pathOf('Predict'), frame(body(), { flag: 1 }), { 'grpc-encoding': 'conformance-none' })
      .answer(limitMs);
    if (answer.status !== 'UNIMPLEMENTED') throw new TargetFailure(`expected UNIMPLEMENTED, got ${shown(answer)}`);
    return ['answered UNIMPLEMENTED', ...(await goesOn(raw, limitMs, context))];
  });

async function maxMessageBytes(context: ProbeContext): Promise<number> {
  const { response } = await context.client.call('GetServerInfo', {}, waitMs('call', context));
  const bytes = Number((response as runtimeV1.GetServerInfoResponse__Output | undefined)?.limits?.maxMessageBytes ?? 0);
  if (!(bytes > 0)) throw new TargetFailure('GetServerInfo does not say how large a message may be');
  return bytes;
}

/** Larger than allowed: as it is, only when it is unpacked, or only in what its frame says. */
const tooLarge: Probe = (context) =>
  withRaw(context, async (raw) => {
    const limit = await maxMessageBytes(context);
    const limitMs = waitMs('load', context);
    const path = pathOf('Predict');
    let call: RawCall;
    switch (context.with.how) {
      case 'sent':
        call = raw.send(path, frame(Buffer.alloc(limit + 1)));
        break;
      case 'unpacked':
        call = raw.send(path, frame(gzipSync(Buffer.alloc(limit + 2 ** 20), { level: 1 }), { flag: 1 }), {
          'grpc-encoding': 'gzip',
        });
        break;
      case 'claimed':
        // It must not be waited for, let alone be made room for.
        call = raw.open(path);
        call.write(frame(Buffer.alloc(16), { length: 0xffff_fff0 }));
        break;
      default:
        throw new RangeError('a message is too large in some way');
    }
    const answer = await call.answer(limitMs);
    if (answer.status !== 'RESOURCE_EXHAUSTED') {
      throw new TargetFailure(`expected RESOURCE_EXHAUSTED, got ${shown(answer)}`);
    }
    return [`more than ${limit} bytes answered RESOURCE_EXHAUSTED`, ...(await context.ask(ALIVE))];
  });

/** A message that is packed and is not too large, since what cannot be unpacked can be refused for anything. */
const packed: Probe = (context) =>
  withRaw(context, async (raw, limitMs) => {
    const bytes = frame(gzipSync(body()), { flag: 1 });
    const answer = await raw.send(pathOf('Predict'), bytes, { 'grpc-encoding': 'gzip' }).answer(limitMs);
    if (answer.status === 'UNIMPLEMENTED') return ['gzip is refused with UNIMPLEMENTED', ...(await context.ask(ALIVE))];
    const [message] = answer.messages;
    if (answer.status !== 'OK' || message === undefined) {
      throw new TargetFailure(`a message packed with gzip is answered ${shown(answer)}`);
    }
    check(message, context.profile);
    return ['a message packed with gzip is answered rightly'];
  });

/** More headers than anyone needs: whatever becomes of that call, others are answered meanwhile. */
const headerFlood: Probe = async (context) => {
  const flooded = await withRaw(context, async (raw, limitMs) => {
    const headers = Object.fromEntries(
      Array.from({ length: 2000 }, (_, index) => [`x-flood-${index}`, 'f'.repeat(80)]),
    );
    const call = raw.send(pathOf('Predict'), frame(body()), headers);
    const [answer] = await Promise.all([call.answer(limitMs), context.ask(ALIVE)]);
    return [`2,000 headers: ${shown(answer)}`];
  });
  return [...flooded, ...(await context.ask(ALIVE))];
};

/** Peers that connect and then say nothing, or what no HTTP/2 is. */
const strangers: Probe = async (context) => {
  const says = { nothing: '', 'half a greeting': 'PRI * HTTP/2.0\r\n\r\nSM', 'HTTP/1.1': 'GET / HTTP/1.1\r\n\r\n' };
  const sockets: Socket[] = [];
  try {
    for (const text of Object.values(says)) {
      for (let peer = 0; peer < 10; peer++) {
        const socket = connectSocket(socketAddress(context.target));
        socket.on('error', () => undefined);
        if (text !== '') socket.write(text);
        sockets.push(socket);
      }
    }
    await moment(context);
    // A connection of its own: it has to be let in beside them.
    const answered = await withRaw(context, (raw, limitMs) => goesOn(raw, limitMs, context));
    return [`${sockets.length} strangers connected`, ...answered, ...(await context.ask(ALIVE))];
  } finally {
    for (const socket of sockets) socket.destroy();
  }
};

/** Calls that end in the middle of a message. */
const resetHalfway: Probe = (context) =>
  withRaw(context, async (raw, limitMs) => {
    const whole = frame(body());
    const calls = Array.from({ length: 50 }, () => raw.open(pathOf('Predict')));
    for (const [index, call] of calls.entries()) call.write(whole.subarray(0, 1 + index));
    await moment(context, 0.5);
    for (const call of calls) call.reset();
    await Promise.all(calls.map((call) => call.answer(limitMs)));
    return [`${calls.length} calls reset in the middle`, ...(await goesOn(raw, limitMs, context))];
  });

const IDLE_STREAMS = 1000;
const STREAMS_A_CONNECTION = 100;

/** Streams that are open and do nothing. */
const idleStreams: Probe = async (context) => {
  const limitMs = waitMs('load', context);
  const connections: RawGrpc[] = [];
  const streams: RawCall[] = [];
  try {
    while (streams.length < IDLE_STREAMS) {
      const raw = await RawGrpc.connect(context.target, waitMs('connect', context));
      connections.push(raw);
      const room = Math.min(raw.maxStreams, STREAMS_A_CONNECTION, IDLE_STREAMS - streams.length);
      if (room < 1) throw new NotJudged('inconclusive', 'a connection may have no stream at all');
      const opened = Array.from({ length: room }, () => raw.open(pathOf('PredictStream')));
      streams.push(...opened);
      await Promise.all(opened.map((stream) => held(stream.messages(1, limitMs))));
    }
    const evidence = await context.ask(ALIVE);
    for (const stream of streams) stream.end();
    const answers = await Promise.all(streams.map((stream) => held(stream.answer(limitMs))));
    const other = answers.find(({ status }) => status !== 'OK');
    if (other !== undefined) throw new TargetFailure(`an idle stream ends with ${shown(other)}`);
    return [`${streams.length} idle streams on ${connections.length} connections`, ...evidence, 'all ended in order'];
  } finally {
    for (const raw of connections) raw.close();
  }
};

/** A stream whose item cannot be read ends with a status, and is no harm to the stream beside it. */
const brokenItem: Probe = (context) =>
  withRaw(context, async (raw, limitMs) => {
    const good = raw.open(pathOf('PredictStream'));
    const bad = raw.open(pathOf('PredictStream'));
    await Promise.all([good, bad].map((stream) => held(stream.messages(1, limitMs))));
    bad.end(frame(Buffer.from([0x07, 0xff, 0xff])));
    const answer = await bad.answer(limitMs);
    if (answer.status === undefined || answer.status === 'OK') {
      throw new TargetFailure(`an item that is no message ends the stream with ${shown(answer)}`);
    }
    good.end(frame(encode('PredictStream', { itemId: 'good', request: requestOf(SPEC) })));
    const { status, messages } = await good.answer(limitMs);
    const event = decode('PredictStream', messages[1] ?? Buffer.alloc(0)) as runtimeV1.PredictStreamResponse__Output;
    if (status !== 'OK' || event.result?.itemId !== 'good' || !event.result.response) {
      throw new TargetFailure(`the stream beside it ends with ${status}, its item unanswered`);
    }
    return [`answered ${answer.status}`, 'the stream beside it is answered'];
  });

export const FAULT_PROBES = {
  'broken-message': brokenMessage,
  'broken-item': brokenItem,
  'unknown-field': unknownField,
  'unknown-path': unknownPath,
  'other-content': otherContent,
  'other-encoding': otherEncoding,
  'too-large': tooLarge,
  packed,
  'header-flood': headerFlood,
  strangers,
  'reset-halfway': resetHalfway,
  'idle-streams': idleStreams,
} satisfies Record<string, Probe>;
