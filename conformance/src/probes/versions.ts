import { modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { TIMEOUTS_MS } from '../run/timeouts.js';
import type { Outcome } from '../targets/target-client.js';
import { predictOf, question } from './asking.js';
import { type RawChannel, withChannel } from './channel.js';
import type { Probe, ProbeContext } from './probe.js';

const PREDICT = '/deephealth.runtime.v1.ModelRuntime/Predict';
/** Larger messages are not made: the machine that runs the suite may have less memory than the target. */
const LARGEST_PADDING_BYTES = 300 * 1024 * 1024;
const GZIP = 2;

/** Fields of a later minor version: 1900 as a number, 1901 as a text, 1902 as eight bytes. */
const LATER_FIELDS = Buffer.concat([
  tag(1900, 0),
  Buffer.from([0x96, 0x01]),
  tag(1901, 2),
  Buffer.from([5]),
  Buffer.from('later'),
  tag(1902, 1),
  Buffer.alloc(8, 7),
]);

/** `predict` with fields that this contract does not hold is answered as without them. */
export const unknownFields: Probe = async (context) => {
  const asked = question(predictOf(context), context);
  return withChannel(context, {}, async (channel) => {
    const outcome = await predict(channel, Buffer.concat([asked.message, LATER_FIELDS]), context);
    return [...asked.check(outcome), 'with three fields that it does not know'];
  });
};

/** `predict` in a message that is compressed. */
export const compressedMessage: Probe = async (context) => {
  const asked = question(predictOf(context), context);
  return withChannel(context, { 'grpc.default_compression_algorithm': GZIP }, async (channel) => [
    ...asked.check(await predict(channel, asked.message, context)),
    'compressed with gzip',
  ]);
};

/** Majors that GetServerInfo names are served, newest first, and another one is not. */
export const contractMajors: Probe = async (context) => {
  const { contractVersions } = await serverInfo(context);
  const order = contractVersions.map(({ major, minor }) => major * 1e6 + minor);
  if (order.length === 0) throw new TargetFailure('GetServerInfo names no contract version');
  if (order.some((place, index) => index > 0 && place >= (order[index - 1] as number))) {
    throw new TargetFailure('the contract versions are not in order, newest first');
  }
  const majors = [...new Set(contractVersions.map(({ major }) => major))];
  return withChannel(context, {}, async (channel) => {
    const statusOf = async (major: number) =>
      (
        await channel.call(
          `/deephealth.runtime.v${major}.ModelRuntime/GetServerInfo`,
          Buffer.alloc(0),
          TIMEOUTS_MS.call,
        )
      ).status;
    for (const major of majors) {
      const status = await statusOf(major);
      if (status !== 'OK')
        throw new TargetFailure(`it names version ${major} of the contract, and answers ${status} there`);
    }
    const next = Math.max(...majors) + 1;
    const status = await statusOf(next);
    if (status !== 'UNIMPLEMENTED')
      throw new TargetFailure(`version ${next}, which it does not name, is answered ${status}`);
    return [`serves ${majors.join(', ')}`, `version ${next} is UNIMPLEMENTED`];
  });
};

/** A method that the contract does not hold is UNIMPLEMENTED, and the server goes on. */
export const unknownMethod: Probe = async (context) => {
  const asked = question(predictOf(context), context);
  return withChannel(context, {}, async (channel) => {
    const { status } = await channel.call(
      '/deephealth.runtime.v1.ModelRuntime/PredictLater',
      Buffer.alloc(0),
      TIMEOUTS_MS.call,
    );
    if (status !== 'UNIMPLEMENTED') throw new TargetFailure(`a method that there is not is answered ${status}`);
    return ['UNIMPLEMENTED', ...asked.check(await predict(channel, asked.message, context))];
  });
};

/**
 * `predict` in a message of exactly the limit is answered rightly; with `beyond: true`, one byte more is
 * answered RESOURCE_EXHAUSTED. What fills the message is a field that the target does not know.
 */
export const messageLimit: Probe = async (context) => {
  const { limits } = await serverInfo(context);
  const limit = Number(limits?.maxMessageBytes ?? 0);
  if (limit > LARGEST_PADDING_BYTES) throw new NotJudged('inconclusive', `a message of ${limit} bytes is not made`);
  const isBeyond = context.with.beyond === true;
  const asked = question(predictOf(context), context);
  const message = paddedTo(asked.message, isBeyond ? limit + 1 : limit);
  return withChannel(context, {}, async (channel) => {
    const outcome = await predict(channel, message, context);
    if (!isBeyond) return [...asked.check(outcome), `in a message of ${message.length} bytes`];
    if (outcome.status !== 'RESOURCE_EXHAUSTED') {
      throw new TargetFailure(
        `a message of ${message.length} bytes is answered ${outcome.status}, not RESOURCE_EXHAUSTED`,
      );
    }
    return [
      `${message.length} bytes are RESOURCE_EXHAUSTED`,
      ...asked.check(await predict(channel, asked.message, context)),
    ];
  });
};

async function predict(channel: RawChannel, message: Buffer, { timeScale = 1 }: ProbeContext): Promise<Outcome> {
  const outcome = await channel.call(PREDICT, message, TIMEOUTS_MS.load * timeScale);
  if (outcome.status !== 'OK') return outcome;
  return { ...outcome, response: modelRuntimeService().Predict.responseDeserialize(outcome.response as Buffer) };
}

async function serverInfo({ client, timeScale = 1 }: ProbeContext): Promise<runtimeV1.GetServerInfoResponse__Output> {
  const outcome = await client.call('GetServerInfo', {}, TIMEOUTS_MS.call * timeScale);
  if (outcome.status !== 'OK') throw new TargetFailure(`GetServerInfo is answered ${outcome.status}`);
  return outcome.response as runtimeV1.GetServerInfoResponse__Output;
}

/** The message with an unknown field behind it, so that it has exactly so many bytes. */
function paddedTo(message: Buffer, bytes: number): Buffer {
  const head = tag(1901, 2);
  const space = bytes - message.length - head.length;
  // The length takes as many bytes as it needs; it is written in a fixed number of them.
  const content = space - LENGTH_BYTES;
  if (content < 0) throw new NotJudged('inconclusive', `the limit of ${bytes} bytes is smaller than the request`);
  return Buffer.concat([message, head, fixedLength(content), Buffer.alloc(content)]);
}

const LENGTH_BYTES = 5;

/** A varint in five bytes, whatever its value. */
function fixedLength(value: number): Buffer {
  return Buffer.from(
    Array.from({ length: LENGTH_BYTES }, (_, at) => {
      const bits = Math.floor(value / 128 ** at) % 128;
      return at + 1 < LENGTH_BYTES ? bits | 0x80 : bits;
    }),
  );
}

function tag(field: number, wireType: number): Buffer {
  const key = field * 8 + wireType;
  return Buffer.from([(key % 128) | 0x80, Math.floor(key / 128)]);
}
