import { gzipSync } from 'node:zlib';
import type { runtimeV1 } from '@deephealth/proto';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { MOMENT_MS, TIMEOUTS_MS } from '../run/timeouts.js';
import { shortText } from '../targets/exchange.js';
import { frame, openSocket, rawCall } from '../targets/raw-call.js';
import { methodOf } from '../targets/target-client.js';
import { canariesInErrors, canariesInLog, forgedLogLines } from './canaries.js';
import type { Probe, ProbeContext } from './probe.js';

/** Tag of a field that the contract does not have, as the start of a group. */
const GROUP_START = 0xfb;
const GROUP_START_2 = 0x07;
const DEPTH = 50_000;
const MIB = 1024 * 1024;
/** More than this is not made on a vendor's machine to see whether it is refused. */
const LARGEST_BOMB_BYTES = 512 * MIB;
const IDLE_CONNECTIONS = 40;
const FLOOD_HEADERS = 400;
const FLOOD_HEADER_BYTES = 4096;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Statuses that say nothing of the message, so that it may have been taken for something. */
const NO_REFUSAL = ['OK', 'NOT_FOUND', 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CONNECTION_LOST', 'STREAM_RESET'];

export const SECURITY_PROBES: Readonly<Record<string, Probe>> = {
  'canaries-in-errors': canariesInErrors,
  'canaries-in-log': canariesInLog,
  'forged-log-lines': forgedLogLines,

  'unreadable-message': async (context) => {
    const kind = String(context.with.kind);
    const body = UNREADABLE[kind];
    if (body === undefined) throw new RangeError(`there is no unreadable message "${kind}"`);
    const evidence: string[] = [];
    for (const rpc of ['GetServerInfo', 'Predict']) {
      const { path } = methodOf(rpc);
      const answer = await rawCall(context.target, { path, body: frame(body()) }, limitOf(context));
      if (NO_REFUSAL.includes(answer.status)) {
        throw new TargetFailure(
          `${rpc} with a message that cannot be read must be refused, got ${answer.status} ${answer.message}`,
        );
      }
      evidence.push(`${rpc} refused with ${answer.status}`);
    }
    return evidence;
  },

  'decompression-bomb': async (context) => {
    const limit = await largestMessage(context);
    const size = limit + MIB;
    if (size > LARGEST_BOMB_BYTES) {
      throw new NotJudged('inconclusive', `a message of ${Math.ceil(size / MIB)} MiB is too large to be made for this`);
    }
    // A request id of that length, which is one byte again and again.
    const head = Buffer.concat([Buffer.from([0x0a]), varint(size)]);
    const bomb = gzipSync(Buffer.concat([head, Buffer.alloc(size, 0x61)]));
    const { path } = methodOf('Predict');
    const headers = { 'grpc-encoding': 'gzip' };
    const answer = await rawCall(
      context.target,
      { path, body: frame(bomb, true), headers },
      TIMEOUTS_MS.load * (context.timeScale ?? 1),
    );
    const isRefused = answer.status === 'RESOURCE_EXHAUSTED' || answer.status === 'UNIMPLEMENTED';
    if (!isRefused) {
      throw new TargetFailure(
        `${bomb.byteLength} bytes that become ${size} must be refused with RESOURCE_EXHAUSTED, or UNIMPLEMENTED where nothing is compressed; got ${answer.status} ${answer.message}`,
      );
    }
    return [`${bomb.byteLength} bytes that become ${size} are refused with ${answer.status}`];
  },

  'much-metadata': async (context) => {
    const { path, requestSerialize } = methodOf('GetServerInfo');
    const body = frame(requestSerialize({}));
    const value = 'a'.repeat(FLOOD_HEADER_BYTES);
    const headers = Object.fromEntries(
      Array.from({ length: FLOOD_HEADERS }, (_, index) => [`x-flood-${index}`, value]),
    );
    const flooded = await rawCall(context.target, { path, body, headers }, limitOf(context));
    if (flooded.status === 'OK') {
      throw new TargetFailure(`a call with ${(FLOOD_HEADERS * FLOOD_HEADER_BYTES) / MIB} MiB of metadata is taken`);
    }
    const right = await rawCall(context.target, { path, body }, limitOf(context));
    if (right.status !== 'OK') throw new TargetFailure(`after it, a right call gets ${right.status} ${right.message}`);
    return [
      `${FLOOD_HEADERS} headers of ${FLOOD_HEADER_BYTES} bytes: ${flooded.status}`,
      'after it, a right call is answered',
    ];
  },

  'idle-connections': async (context) => {
    const sockets = Array.from({ length: IDLE_CONNECTIONS }, () => openSocket(context.target));
    let lost = 0;
    try {
      for (const [index, socket] of sockets.entries()) {
        socket.on('error', () => undefined).on('close', () => lost++);
        // Half of them in the middle of a word.
        socket.write(index % 2 === 0 ? PREFACE.subarray(0, 10) : PREFACE);
      }
      await new Promise((resolve) => setTimeout(resolve, MOMENT_MS * (context.timeScale ?? 1)));
      const { path, requestSerialize } = methodOf('GetServerInfo');
      const right = await rawCall(context.target, { path, body: frame(requestSerialize({})) }, limitOf(context));
      if (right.status !== 'OK') {
        throw new TargetFailure(
          `beside ${IDLE_CONNECTIONS} connections that say nothing, a call gets ${right.status} ${right.message}`,
        );
      }
      return [
        `beside ${IDLE_CONNECTIONS} connections that say nothing (${lost} of them closed by the target), a call is answered`,
      ];
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  },
};

/** Bytes that no reader of the contract may take for a message. */
const UNREADABLE: Readonly<Record<string, () => Buffer>> = {
  // Groups in groups, none of which ends: a reader that calls itself for each runs out of stack.
  'nested-too-deeply': () =>
    Buffer.from(Array.from({ length: 2 * DEPTH }, (_, index) => (index % 2 === 0 ? GROUP_START : GROUP_START_2))),
  // A text that says it is longer than the message.
  'cut-short': () => Buffer.from([0x0a, 0x20, 0x61]),
  // A number that never ends.
  'endless-number': () => Buffer.alloc(32, 0xff),
};

async function largestMessage(context: ProbeContext): Promise<number> {
  const info = await context.client.call('GetServerInfo', {}, limitOf(context));
  if (info.status !== 'OK') throw new TargetFailure(`GetServerInfo got ${info.status} ${shortText(info.message)}`);
  const limit = Number((info.response as runtimeV1.GetServerInfoResponse__Output).limits?.maxMessageBytes ?? 0);
  if (!(limit > 0)) throw new TargetFailure('GetServerInfo names no limits.maxMessageBytes');
  return limit;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return Buffer.from([...bytes, left]);
}

function limitOf({ timeScale = 1 }: ProbeContext): number {
  return TIMEOUTS_MS.call * timeScale;
}
