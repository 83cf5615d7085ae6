import { setTimeout as delay } from 'node:timers/promises';
import type { PredictSpec, Step } from '../cases/case-types.js';
import { buildPredict } from '../run/build-predict.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { withOwnProcess } from '../targets/own-process.js';
import type { TargetClient } from '../targets/target-client.js';
import { checkItem, OpenStream, requestOf, resultOf } from './open-stream.js';
import type { Probe, ProbeContext } from './probe.js';
import { held, timed, waitMs } from './waits.js';

/** Two equal arms that differ by more say that the machine is too busy for any ratio. */
const CALM = 0.1;
const ATTEMPTS = 3;
/** With those that were not calm. */
const MOST_ATTEMPTS = 8;

const pauseOf = (seed: number): PredictSpec => ({ model: 'conformance-pause', inputs: { x: `noise${seed}-1x4.fp32` } });
const answered = { outputs: { y: 'golden' } } as const;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

type Arm = () => Promise<unknown>;

/** Medians of two arms, one measurement of each in turn: first, second, second, first. */
async function interleaved(first: Arm, second: Arm, rounds: number): Promise<readonly [number, number]> {
  const [a, b]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    a.push(await timed(first));
    b.push(await timed(second));
    b.push(await timed(second));
    a.push(await timed(first));
  }
  return [median(a), median(b)];
}

interface Comparison {
  readonly first: Arm;
  readonly second: Arm;
  /** Each of the two arms is measured twice a round. */
  readonly rounds: number;
  /** What is compared, for the report. */
  readonly what: string;
  /** Of medians, second and first: what is judged. Default how much longer the second takes. */
  readonly ratioOf?: (first: number, second: number) => number;
  readonly most: number;
}

/**
 * Judges how two arms compare, each time after two equal ones that differ by no more than {@link CALM}. One attempt
 * in the limit is enough, and one beyond it is not: a machine that becomes busy between the two measurements looks
 * like a slow target. Throws NotJudged where there were fewer than two calm ones.
 */
async function compare({
  first,
  second,
  rounds,
  what,
  most,
  ratioOf = (a, b) => b / a,
}: Comparison): Promise<string[]> {
  const equal: string[] = [];
  const beyond: string[] = [];
  for (let attempt = 0; attempt < MOST_ATTEMPTS && beyond.length < ATTEMPTS; attempt++) {
    const [one, other] = await interleaved(first, first, rounds);
    const same = other / one;
    equal.push(same.toFixed(2));
    if (Math.abs(same - 1) > CALM) continue;
    const [a, b] = await interleaved(first, second, rounds);
    const text = `${ratioOf(a, b).toFixed(2)} (two equal arms: ${same.toFixed(2)})`;
    if (ratioOf(a, b) <= most) return [`${what}: ${text}`];
    beyond.push(text);
  }
  if (beyond.length >= 2) {
    throw new TargetFailure(`${what}: ${beyond.join(', ')}, and at most ${most} is expected`);
  }
  const measured = beyond.length === 0 ? '' : `; ${what}: ${beyond.join()}, once`;
  throw new NotJudged('inconclusive', `two equal arms differ: ${equal.join(', ')}${measured}`);
}

const PINGS_EVERY_MS = 10;
const LONGEST_PING_MS = 200;
const MOST_TIMES_IDLE = 10;
/** Below this, an idle answer is as quick as a machine can be, and a multiple of it means nothing. */
const QUICK_PING_MS = 5;
const LOADED_RUNS = 4;
const WARM_UP = 50;

/** Whether a server is there can be asked while it computes. */
const askWhileRunning: Probe = async (context) => {
  if (context.launch === undefined) return pingWhileRunning(context, context.client);
  return withOwnProcess(context.launch, ['conformance-slow'], ({ client }) => pingWhileRunning(context, client));
};

async function pingWhileRunning(context: ProbeContext, client: TargetClient): Promise<string[]> {
  const ping = async () => {
    const { status, response } = await client.call('GetServerInfo', {}, waitMs('call', context));
    if (status !== 'OK' || !response) throw new TargetFailure(`GetServerInfo is answered ${status}`);
  };
  for (let call = 0; call < WARM_UP; call++) await ping();
  let text = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = percentile(await paced(ping, delay(PINGS_EVERY_MS * 60)), 0.99);
    if (before > LONGEST_PING_MS / 2) {
      text ||= `idle, it answers within ${Math.round(before)} ms`;
      continue;
    }
    const load = Array.from({ length: LOADED_RUNS }, (_, index) => held(context.ask(slow(index + 1), client)));
    const loaded = await paced(ping, Promise.all(load));
    const during = percentile(loaded, 0.99);
    const most = Math.min(LONGEST_PING_MS, MOST_TIMES_IDLE * Math.max(before, QUICK_PING_MS));
    text = `p99 of ${loaded.length} calls is ${during.toFixed(1)} ms during runs, ${before.toFixed(1)} ms idle`;
    if (during <= most) return [text];
    text += `; at most ${most.toFixed(1)} ms are allowed`;
  }
  if (text.startsWith('idle')) throw new NotJudged('inconclusive', text);
  throw new TargetFailure(text);
}

const slow = (seed: number): Step => ({
  predict: { model: 'conformance-slow', inputs: { x: `noise${seed}-1x4.fp32` } },
  within: 'load',
  expect: answered,
});

/** Latencies of calls that are sent at a steady pace, whether or not those before are answered, in ms. */
async function paced(ping: () => Promise<void>, during: Promise<unknown>): Promise<number[]> {
  let isOver = false;
  const over = held(
    during.finally(() => {
      isOver = true;
    }),
  );
  const sent: Promise<number>[] = [];
  while (!isOver) {
    sent.push(held(timed(ping)));
    await delay(PINGS_EVERY_MS);
  }
  await over;
  return Promise.all(sent);
}

/** An item on an open stream costs no more than a call. */
const streamCost: Probe = async (context) => {
  const stream = new OpenStream(context.client, waitMs('load', context));
  await stream.ready();
  let sent = 0;
  const item = async () => {
    const id = `item-${++sent}`;
    stream.send(id, requestOf(pauseOf(1)));
    await stream.answered(sent);
    checkItem(resultOf(stream.results.slice(-1), id), pauseOf(1), answered, context);
  };
  const call = () => context.ask({ predict: pauseOf(1), within: 'load', expect: answered });
  const what = 'an item of a stream, in units of a call';
  const judged = await compare({ first: call, second: item, rounds: 6, what, most: 1.2 });
  stream.halfClose();
  return judged;
};

/** The same request again costs as much as another one: nothing is answered from memory. */
const repeatedInput: Probe = async (context) => {
  let seed = 100;
  const other = () => context.ask({ predict: pauseOf(++seed), within: 'load', expect: answered });
  const same = () => context.ask({ predict: pauseOf(1), within: 'load', expect: answered });
  await same();
  // The equal arms are what is surely computed.
  const what = 'another input, in units of the same again';
  return compare({ first: other, second: same, rounds: 6, what, most: 1.1, ratioOf: (a, b) => a / b });
};

const AT_ONCE = 8;

/** Calls that come together take no longer than one after the other. */
const togetherNotSlower: Probe = async (context) => {
  const one = (seed: number) => context.ask({ predict: pauseOf(seed), within: 'load', expect: answered });
  const inTurn = async () => {
    for (let seed = 1; seed <= AT_ONCE; seed++) await one(seed);
  };
  const together = () => Promise.all(Array.from({ length: AT_ONCE }, (_, index) => one(index + 1)));
  const what = `${AT_ONCE} calls together, in units of one after the other`;
  return compare({ first: inTurn, second: together, rounds: 1, what, most: 1.25 });
};

const SMALL_ELEMENTS = 2 ** 14;

/** Four times the payload costs little more than four times as much. */
const payloadCost: Probe = async (context) => {
  const limitMs = waitMs('load', context);
  const sized = (elements: number) => {
    const spec = { model: 'conformance-identity-fp32', inputs: { x: `noise-${elements}.fp32` } };
    const { request } = buildPredict(spec, '');
    return async () => {
      const { status } = await context.client.call('Predict', request, limitMs);
      if (status !== 'OK') throw new TargetFailure(`a right request is answered ${status}`);
    };
  };
  const [small, large] = [sized(SMALL_ELEMENTS), sized(SMALL_ELEMENTS * 4)];
  const four = async () => {
    for (let call = 0; call < 4; call++) await small();
  };
  await large();
  return compare({
    first: four,
    second: large,
    rounds: 3,
    what: '256 KiB at once, in units of four times 64 KiB',
    most: 1.5,
  });
};

export const PERFORMANCE_PROBES = {
  'ask-while-running': askWhileRunning,
  'stream-cost': streamCost,
  'repeated-input': repeatedInput,
  'together-not-slower': togetherNotSlower,
  'payload-cost': payloadCost,
} satisfies Record<string, Probe>;
