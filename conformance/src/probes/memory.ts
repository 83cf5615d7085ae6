import { buildPredict } from '../run/build-predict.js';
import { TargetFailure } from '../run/case-result.js';
import { type OwnProcess, withOwnProcess } from '../targets/own-process.js';
import { residentBytes } from '../targets/process-memory.js';
import { encode, frame, pathOf, RawGrpc } from '../targets/raw-grpc.js';
import { requestOf } from './open-stream.js';
import type { Probe, ProbeContext } from './probe.js';
import { waitMs } from './waits.js';

const MODEL = 'conformance-network';
const KIB = 1024;
const MIB = KIB * KIB;
/** Growth that 100 requests may leave behind. */
const ALLOWED_BYTES = 256 * KIB;
const REQUESTS = 1000;
/** A heap that is still filling up grows as well: what leaks grows in every round. */
const ROUNDS = 4;
const AT_ONCE = 10;

/** Growth of resident memory over a thousand requests, in bytes for each 100. */
const memorySlope: Probe = async (context) =>
  withOwnProcess(context.launch, [MODEL], async (own) => {
    const ask = asking(own, context);
    // Whatever is loaded, compiled or reserved once.
    await many(ask);
    const slopes: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = residentBytes(own.target.pid);
      await many(ask);
      const slope = (residentBytes(own.target.pid) - before) / (REQUESTS / 100);
      slopes.push(slope);
      if (slope <= ALLOWED_BYTES) {
        return [`${Math.round(slope / KIB)} KiB more after each 100 requests, in round ${round + 1}`];
      }
    }
    throw new TargetFailure(
      `resident memory grows by ${Math.round(Math.min(...slopes) / KIB)} KiB for each 100 requests, without an end`,
    );
  });

async function many(ask: (seed: number) => Promise<void>): Promise<void> {
  for (let done = 0; done < REQUESTS; done += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => ask(done + index + 1)));
  }
}

function asking({ client }: OwnProcess, context: ProbeContext): (seed: number) => Promise<void> {
  const limitMs = waitMs('call', context);
  const predict = async (model: string, expected: string, seed: number) => {
    const { request } = buildPredict({ model, inputs: { features: `noise${seed}-1x16.fp32` } }, '');
    const { status } = await client.call('Predict', request, limitMs);
    if (status !== expected) throw new TargetFailure(`expected ${expected}, got ${status}`);
  };
  switch (context.with.what) {
    case 'answered':
      return (seed) => predict(MODEL, 'OK', seed);
    case 'refused':
      return (seed) => predict(`conformance-none-${seed}`, 'NOT_FOUND', seed);
    case 'cancelled':
      return () =>
        new Promise((resolve, reject) => {
          const call = client.stream(limitMs);
          let isReady = false;
          call.on('data', ({ ready }) => {
            isReady ||= ready !== null;
            call.cancel();
          });
          call.on('error', () => (isReady ? resolve() : reject(new TargetFailure('Ready does not come'))));
        });
    default:
      throw new RangeError('memory grows over something');
  }
}

const FEW = 5;
/** As many as a case has time for. */
const MANY = 20;
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
const ITEM_ELEMENTS = 256 * KIB;
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
      for (let id = 1; isTaken && offered < OFFERED_BYTES; id++) {
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
