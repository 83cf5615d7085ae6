import { buildPredict } from '../run/build-predict.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { type OwnProcess, withOwnProcess } from '../targets/own-process.js';
import { residentBytes } from '../targets/process-memory.js';
import { encode, frame, pathOf, RawGrpc } from '../targets/raw-grpc.js';
import type { TargetOptions } from '../targets/target-client.js';
import { requestOf } from './open-stream.js';
import type { Probe, ProbeContext } from './probe.js';
import { waitMs } from './waits.js';

const MODEL = 'conformance-network';
const KIB = 1024;
const MIB = KIB * KIB;
/** Growth that 100 requests may leave behind. */
const ALLOWED_BYTES = 256 * KIB;
const REQUESTS = 1000;
/** Rounds between two measurements: a heap is swept at any time, and may be smaller after a round than before. */
const APART = 4;
/** A heap that is still filling up grows as well: what leaks grows from each round to the next, without an end. */
const ROUNDS = 12;
/** No heap fills up by so many times what is allowed. */
const HOPELESS = 4;
const LONGEST_MS = 40_000;
const AT_ONCE = 10;
const STREAMS_A_CONNECTION = 50;

/** So many requests, all at once. */
interface Batch {
  readonly size: number;
  run(first: number): Promise<unknown>;
}

/**
 * Growth of resident memory over some thousands of requests, in bytes for each 100. A heap is not
 * measured more exactly than to some MiB: 256 KiB for each 100 over four rounds are ten.
 */
const memorySlope: Probe = async (context) =>
  withOwnProcess(context.launch, [MODEL], async (own) => {
    const batch = batchOf(own, context);
    const bytes: number[] = [];
    const started = performance.now();
    for (let round = 0; round < ROUNDS; round++) {
      for (let done = 0; done < REQUESTS; done += batch.size) await batch.run(done + 1);
      const now = residentBytes(own.target.pid);
      bytes.push(now);
      const before = bytes.at(-1 - APART);
      if (before === undefined) continue;
      const slope = (now - before) / ((APART * REQUESTS) / 100);
      if (slope <= ALLOWED_BYTES) {
        return [`${Math.round(slope / KIB)} KiB more after each 100 requests, by round ${round + 1} of ${REQUESTS}`];
      }
      if (slope > HOPELESS * ALLOWED_BYTES) throw growing(bytes);
      if (performance.now() - started > LONGEST_MS) {
        throw new NotJudged('inconclusive', 'too few requests are answered here for memory to be measured');
      }
    }
    throw growing(bytes);
  });

function growing(bytes: readonly number[]): TargetFailure {
  const slope = ((bytes.at(-1) ?? 0) - (bytes[0] ?? 0)) / (((bytes.length - 1) * REQUESTS) / 100);
  return new TargetFailure(
    `resident memory grows by ${Math.round(slope / KIB)} KiB for each 100 requests, and goes on`,
  );
}

function batchOf({ client, target }: OwnProcess, context: ProbeContext): Batch {
  const limitMs = waitMs('call', context);
  const predict = async (model: string, expected: string, seed: number) => {
    const { request } = buildPredict({ model, inputs: { features: `noise${seed}-1x16.fp32` } }, '');
    const { status } = await client.call('Predict', request, limitMs);
    if (status !== expected) throw new TargetFailure(`expected ${expected}, got ${status}`);
  };
  const several = (one: (seed: number) => Promise<void>): Batch => ({
    size: AT_ONCE,
    run: (first) => Promise.all(Array.from({ length: AT_ONCE }, (_, index) => one(first + index))),
  });
  switch (context.with.what) {
    case 'answered':
      return several((seed) => predict(MODEL, 'OK', seed));
    case 'refused':
      return several((seed) => predict(`conformance-none-${seed}`, 'NOT_FOUND', seed));
    case 'cancelled':
      return { size: STREAMS_A_CONNECTION, run: () => openAndCancel({ address: target.address }, limitMs) };
    default:
      throw new RangeError('memory grows over something');
  }
}

/** Few streams for each connection: a server may rightly end one that resets streams without end. */
async function openAndCancel(target: TargetOptions, limitMs: number): Promise<void> {
  const raw = await RawGrpc.connect(target, limitMs);
  try {
    const calls = Array.from({ length: STREAMS_A_CONNECTION }, () => raw.open(pathOf('PredictStream')));
    await Promise.all(calls.map((call) => call.messages(1, limitMs)));
    for (const call of calls) call.reset();
    await Promise.all(calls.map((call) => call.answer(limitMs)));
  } finally {
    raw.close();
  }
}

const FEW = 5;
/** As many as a case has time for. */
const MANY = 15;
const ALLOWED_RATIO = 1.2;

/** Resident memory after a model was loaded and unloaded often, in units of that after a few times. */
const memoryReload: Probe = async (context) =>
  withOwnProcess(context.launch, [MODEL], async ({ client, target }) => {
    const reload = async (times: number) => {
      for (let time = 0; time < times; time++) {
        for (const rpc of ['UnloadModel', 'LoadModel']) {
          const { status } = await client.call(rpc, { name: MODEL, version: '1' }, waitMs('load', context));
          if (status !== 'OK') throw new TargetFailure(`${rpc} is answered ${status}`);
        }
      }
      return residentBytes(target.pid);
    };
    const few = await reload(FEW);
    const ratio = (await reload(MANY - FEW)) / few;
    if (ratio > ALLOWED_RATIO) {
      throw new TargetFailure(`after ${MANY} times it holds ${ratio.toFixed(2)} of the memory after ${FEW}`);
    }
    return [`after ${MANY} times loaded, ${ratio.toFixed(2)} of the memory after ${FEW} times`];
  });

const OFFERED_BYTES = 512 * MIB;
const ITEM_ELEMENTS = 64 * KIB;
const ALLOWED_GROWTH_BYTES = 192 * MIB;
const BLOCKED_MS = 1000;

/** A caller who sends without end and reads nothing: sooner or later, nothing more is taken from him. */
const memoryFlood: Probe = async (context) =>
  withOwnProcess(context.launch, ['conformance-identity-fp32'], async ({ target, client }) => {
    const identity = { model: 'conformance-identity-fp32', inputs: { x: `ramp-${ITEM_ELEMENTS}.fp32` } };
    const first = await client.call('Predict', requestOf(identity), waitMs('call', context));
    if (first.status !== 'OK') throw new TargetFailure(`a right request is answered ${first.status}`);
    const before = residentBytes(target.pid);
    const raw = await RawGrpc.connect({ address: target.address }, waitMs('connect', context));
    try {
      const call = raw.open(pathOf('PredictStream'));
      await call.messages(1, waitMs('call', context));
      call.stopReading();
      // The fields of a message may come in several pieces.
      const request = encode('PredictStream', { request: requestOf(identity) });
      let offered = 0;
      let most = 0;
      let isTaken = true;
      for (let id = 1; isTaken && offered < OFFERED_BYTES && most <= ALLOWED_GROWTH_BYTES; id++) {
        const item = frame(Buffer.concat([encode('PredictStream', { itemId: `item-${id}` }), request]));
        offered += item.length;
        isTaken = call.write(item) || (await call.drained(BLOCKED_MS));
        most = Math.max(most, residentBytes(target.pid) - before);
      }
      const text = `${Math.round(offered / MIB)} MiB offered and nothing read, ${Math.round(most / MIB)} MiB more held`;
      if (most > ALLOWED_GROWTH_BYTES) throw new TargetFailure(text);
      call.read();
      const events = (await call.messages(2, waitMs('load', context))).length;
      return [text, `${events} messages once it was read`];
    } finally {
      raw.close();
    }
  });

export const MEMORY_PROBES = {
  'memory-slope': memorySlope,
  'memory-reload': memoryReload,
  'memory-flood': memoryFlood,
} satisfies Record<string, Probe>;
