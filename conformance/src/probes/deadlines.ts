import type { Step } from '../cases/case-types.js';
import { buildPredict } from '../run/build-predict.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { encode, frame, pathOf, type RawCall, RawGrpc } from '../targets/raw-grpc.js';
import type { Probe, ProbeContext } from './probe.js';
import { held, moment, timed, waitMs } from './waits.js';

const MODEL = 'conformance-slow';
/** Requests that would keep the model busy far longer than one. */
const PILE = 8;
/** A run shorter than this leaves no middle to end it in. */
const SHORTEST_RUN_MS = 60;
/**
 * Runs that the next request may take in all, in units of one on an idle target: its own, and the rest of
 * one that had begun and cannot be ended. A pile that is run all the same takes more than twice as many.
 */
const RUNS_ALLOWED = 3.5;

const askSlow = (seed: number): Step => ({
  predict: { model: MODEL, inputs: { x: `noise${seed}-1x4.fp32` } },
  within: 'load',
  expect: { outputs: { y: 'golden' } },
});

function slowRequest(seed: number) {
  return buildPredict({ model: MODEL, inputs: { x: `noise${seed}-1x4.fp32` } }, '').request;
}

/** How long one run takes on an idle target, in ms. Throws TargetFailure where it is not answered rightly. */
async function idleRunMs({ ask }: ProbeContext): Promise<number> {
  const first = await timed(() => ask(askSlow(1)));
  return Math.min(first, await timed(() => ask(askSlow(2))));
}

/**
 * The status must be the server's own: this client has no deadline, it only tells the server of one and
 * then waits.
 */
const deadlineSaid: Probe = async (context) => {
  const runMs = await idleRunMs(context);
  const { at, rpc = 'Predict' } = context.with as { at: 'arrival' | 'middle'; rpc?: string };
  if (at === 'middle' && runMs < SHORTEST_RUN_MS) throw new NotJudged('inconclusive', 'the model is too quick here');
  const timeout = at === 'arrival' ? '1n' : `${Math.round((runMs / 3) * 1000)}u`;
  const raw = await RawGrpc.connect(context.target, waitMs('connect', context));
  try {
    const call = raw.open(pathOf(rpc), { 'grpc-timeout': timeout });
    if (rpc === 'Predict') call.end(frame(encode('Predict', slowRequest(3))));
    else call.write(frame(encode(rpc, { itemId: 'late', request: slowRequest(3) })));
    const { status, resetCode } = await call.answer(waitMs('call', context));
    if (status !== 'DEADLINE_EXCEEDED') {
      throw new TargetFailure(
        `the server must answer DEADLINE_EXCEEDED itself, and sent ${status ?? `no status (reset ${resetCode})`}`,
      );
    }
    return [`told a deadline of ${timeout}, the server itself answered DEADLINE_EXCEEDED`];
  } finally {
    raw.close();
  }
};

/** Work that nobody waits for any more does not keep the next request waiting. */
const workDropped: Probe = async (context) => {
  const runMs = await idleRunMs(context);
  const raw = await RawGrpc.connect(context.target, waitMs('connect', context));
  try {
    await leave(raw, context);
    const nextMs = await timed(() => context.ask(askSlow(9)));
    if (nextMs > RUNS_ALLOWED * runMs) {
      throw new TargetFailure(
        `the next request took ${(nextMs / runMs).toFixed(1)} runs: it waited for work that nobody waits for`,
      );
    }
    return [`${PILE} runs given up, and the next request answered rightly after ${(nextMs / runMs).toFixed(1)} runs`];
  } finally {
    raw.close();
  }
};

async function leave(raw: RawGrpc, context: ProbeContext): Promise<void> {
  const seeds = Array.from({ length: PILE }, (_, index) => index + 1);
  const limitMs = waitMs('call', context);
  const body = (seed: number) => frame(encode('Predict', slowRequest(seed)));
  switch (context.with.how) {
    case 'expired': {
      const calls = seeds.map((seed) => raw.send(pathOf('Predict'), body(seed), { 'grpc-timeout': '1n' }));
      const answers = await Promise.all(calls.map((call) => call.answer(limitMs)));
      const other = answers.find(({ status }) => status !== 'DEADLINE_EXCEEDED');
      if (other !== undefined) throw new TargetFailure(`an expired call was answered ${other.status ?? 'nothing'}`);
      return;
    }
    case 'cancelled': {
      const calls = seeds.map((seed) => raw.send(pathOf('Predict'), body(seed)));
      await moment(context);
      await resetAll(calls, context);
      return;
    }
    case 'stream': {
      const call = raw.open(pathOf('PredictStream'));
      await call.messages(1, limitMs);
      for (const seed of seeds) {
        call.write(frame(encode('PredictStream', { itemId: `item-${seed}`, request: slowRequest(seed) })));
      }
      await moment(context);
      await resetAll([call], context);
      return;
    }
    case 'vanished': {
      for (const seed of seeds) raw.send(pathOf('Predict'), body(seed));
      await moment(context);
      raw.vanish();
      return;
    }
    default:
      throw new RangeError('a probe of dropped work says how it is dropped');
  }
}

async function resetAll(calls: readonly RawCall[], context: ProbeContext): Promise<void> {
  for (const call of calls) call.reset();
  await Promise.all(calls.map((call) => call.answer(waitMs('call', context))));
}

/** A deadline ends its own call and no other. */
const deadlineBeside: Probe = async (context) => {
  const runMs = await idleRunMs(context);
  const raw = await RawGrpc.connect(context.target, waitMs('connect', context));
  try {
    const timeout = `${Math.round((runMs / 3) * 1000)}u`;
    const beside = held(context.ask(askSlow(4)));
    const late = raw.send(pathOf('Predict'), frame(encode('Predict', slowRequest(5))), { 'grpc-timeout': timeout });
    const [evidence, { status }] = await Promise.all([beside, late.answer(waitMs('call', context))]);
    if (status !== 'DEADLINE_EXCEEDED') throw new TargetFailure(`the late call was answered ${status ?? 'nothing'}`);
    return ['one call ended by its deadline', ...evidence.map((one) => `the call beside it: ${one}`)];
  } finally {
    raw.close();
  }
};

/** Half of a request, then nothing more of it: what had not come whole is not run, and nothing is held up. */
const cancelEarly: Probe = async (context) => {
  const raw = await RawGrpc.connect(context.target, waitMs('connect', context));
  try {
    const whole = frame(encode('Predict', slowRequest(6)));
    const calls = Array.from({ length: PILE }, () => raw.open(pathOf('Predict')));
    for (const call of calls) call.write(whole.subarray(0, Math.floor(whole.length / 2)));
    await moment(context, 0.5);
    await resetAll(calls, context);
    const evidence = await context.ask(askSlow(7));
    const same = raw.send(pathOf('Predict'), whole);
    const { status, messages } = await same.answer(waitMs('call', context));
    if (status !== 'OK' || messages.length !== 1) {
      throw new TargetFailure(`afterwards, a call on the same connection is answered ${status ?? 'nothing'}`);
    }
    return [`${PILE} requests given up half-way`, ...evidence, 'the connection goes on'];
  } finally {
    raw.close();
  }
};

/** A cancellation that comes after the answer changes nothing. */
const cancelLate: Probe = async (context) => {
  const raw = await RawGrpc.connect(context.target, waitMs('connect', context));
  try {
    const evidence: string[] = [];
    for (const seed of [1, 2, 3]) {
      const call = raw.open(pathOf('PredictStream'));
      call.write(frame(encode('PredictStream', { itemId: 'one', request: slowRequest(seed) })));
      await call.messages(2, waitMs('call', context));
      call.reset();
      await call.answer(waitMs('call', context));
    }
    evidence.push(...(await context.ask(askSlow(8))));
    return ['three streams cancelled after their answers', ...evidence];
  } finally {
    raw.close();
  }
};

export const DEADLINE_PROBES = {
  'deadline-said': deadlineSaid,
  'work-dropped': workDropped,
  'deadline-beside': deadlineBeside,
  'cancel-early': cancelEarly,
  'cancel-late': cancelLate,
} satisfies Record<string, Probe>;
