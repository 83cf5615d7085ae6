import { nativeStatus } from '@deephealth/native';
import type { runtimeV1 } from '@deephealth/proto';
import type { ModelVersion, RuntimeServerOptions } from '@deephealth/runtime';
import { createRuntimeClient, type DeepHealthError } from '@deephealth/sdk';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, isAlive, reached } from './eventually.js';
import { refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';
import { ENDLESS, timed, timedPackage } from './timed-model.js';

type Priority = runtimeV1.PredictRequest['priority'];

let test: TestServer;
let model: ModelVersion;

async function start(options: Partial<RuntimeServerOptions> = {}): Promise<void> {
  test = await startTestServer([timedPackage], options);
  model = test.server.store.find('timed', '1');
}

/** Marks of answered requests, in the order in which the answers came. */
let answered: number[] = [];
/** When the runtime had finished each, by mark, in nanoseconds: on a busy machine, answers pass each other on their way. */
let finishedNs = new Map<number, bigint>();
let refusals: DeepHealthError[] = [];
beforeEach(() => {
  answered = [];
  finishedNs = new Map();
  refusals = [];
});

interface AskSettings {
  readonly priority?: Priority;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** One request that runs for so long; what it gave, or the code that it failed with. */
async function ask(mark: number, units: number, settings: AskSettings = {}): Promise<number | string> {
  const { priority = 'PRIORITY_ROUTINE', ...call } = settings;
  const request = { modelName: 'timed', priority, inputs: [tensorInput('x', timed(units, mark))] };
  const outcome = test.client.predict(request, { deadlineMs: 60_000, ...call });
  const result = await outcome.then(
    (response) => {
      const { seconds, nanos } = response.provenance?.completedAt ?? { seconds: '0', nanos: 0 };
      finishedNs.set(mark, BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
      return valuesOf(response)[0] as number;
    },
    (error: DeepHealthError) => {
      refusals.push(error);
      return error.code;
    },
  );
  answered.push(mark);
  return result;
}

/** Requests that have arrived and are not answered; one that stands ready in the host may count as running. */
const present = () => model.queueLength + model.running;

/** A request that runs now, with nothing behind it. */
async function running(mark: number, units: number, settings: AskSettings = {}) {
  const outcome = ask(mark, units, settings);
  await eventually('the request runs', () => model.running === 1);
  return { outcome };
}

/** So many requests wait behind the one that runs. */
const waits = (count: number) => eventually(`${count} requests wait`, () => present() >= count + 1);

describe('a host that has time', () => {
  beforeAll(() => start({ limits: { abandonGraceMs: 20_000 } }));
  afterAll(() => test.stop());

  it('runs by urgency: STAT overtakes whatever waits, ROUTINE what is BATCH; what runs is not interrupted', async () => {
    // Longer than the others take to come, one after the other, on a machine that does other things.
    const { outcome } = await running(1, 40);
    // One after the other: calls that are made at the same time may arrive in any order.
    const others: Promise<unknown>[] = [];
    const askNext = async (mark: number, settings: AskSettings = {}) => {
      others.push(ask(mark, 0.2, settings));
      await waits(others.length);
    };
    for (const mark of [11, 12, 13, 14, 15, 16]) await askNext(mark, { priority: 'PRIORITY_BATCH' });
    for (const mark of [21, 22]) await askNext(mark);
    await askNext(31, { priority: 'PRIORITY_STAT' });
    expect(answered).toEqual([]);
    expect(await Promise.all([outcome, ...others])).toEqual([1, 11, 12, 13, 14, 15, 16, 21, 22, 31]);
    const finished = [...finishedNs].sort(([, left], [, right]) => Number(left - right)).map(([mark]) => mark);
    // One of the least urgent may have begun before the others came.
    const [first, second, ...rest] = finished.filter((mark) => mark !== 11);
    expect([first, second]).toEqual([1, 31]);
    expect(rest).toEqual([21, 22, 12, 13, 14, 15, 16]);
  }, 60_000);

  it('runs equals in the order of their arrival', async () => {
    const { outcome } = await running(0, 3);
    const marks = Array.from({ length: 20 }, (_, i) => i + 1);
    const calls: Promise<unknown>[] = [outcome];
    for (const mark of marks) {
      calls.push(ask(mark, 0.05));
      await waits(mark);
    }
    await Promise.all(calls);
    expect(answered).toEqual([0, ...marks]);
  }, 60_000);

  /** Gives one up that waits behind a long run, and the long one must still be running by then. */
  async function giveUp(leave: (settings: { abort: AbortController }) => AskSettings): Promise<number | string> {
    const first = await running(1, 6);
    const abort = new AbortController();
    const second = ask(2, ENDLESS, { signal: abort.signal, ...leave({ abort }) });
    await waits(1);
    abort.abort();
    const outcome = await second;
    expect(answered).toEqual([2]);
    await eventually('nothing waits', () => present() === 1);
    const pid = model.hostPid;
    expect(await first.outcome).toBe(1);
    // It never began: it would never have ended.
    expect(await ask(3, 0.05)).toBe(3);
    expect(model.hostPid).toBe(pid);
    return outcome;
  }

  it('gives a request that waits up at once when its caller cancels', async () => {
    expect(await giveUp(() => ({}))).toBe('DH_CANCELLED');
  }, 60_000);

  it('gives a request that waits up at once at its deadline', async () => {
    const never = new AbortController().signal;
    expect(await giveUp(() => ({ deadlineMs: 200, signal: never }))).toBe('DH_DEADLINE_EXCEEDED');
  }, 60_000);

  it('gives a request that waits up at once when its caller is gone', async () => {
    const first = await running(1, 6);
    const other = createRuntimeClient({ address: test.server.address });
    const request = { modelName: 'timed', inputs: [tensorInput('x', timed(ENDLESS, 2))] };
    const stream = await other.predictStream();
    const lost = Promise.allSettled([stream.predict('a', request), stream.predict('b', request)]);
    await waits(2);
    stream.cancel();
    await eventually('nothing waits', () => present() === 1);
    expect(answered).toEqual([]);
    expect(await first.outcome).toBe(1);
    other.close();
    expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  }, 60_000);

  it('is kept when its caller leaves and the run ends within the grace', async () => {
    const pid = model.hostPid;
    const abort = new AbortController();
    const { outcome } = await running(1, 3, { signal: abort.signal });
    const behind = ask(2, 0.05);
    await waits(1);
    abort.abort();
    expect(await outcome).toBe('DH_CANCELLED');
    expect(await behind).toBe(2);
    expect([model.hostPid === pid, model.hostRestarts]).toEqual([true, 0]);
  }, 60_000);
});

describe('a request that runs', () => {
  beforeAll(() => start({ limits: { abandonGraceMs: 150 } }));
  afterAll(() => test.stop());

  it.each(['cancel', 'deadline', 'disconnect'] as const)(
    'is stopped within its grace after a %s, with its host where it cannot be stopped alone, and what waited behind it is answered',
    async (how) => {
      const restarts = model.hostRestarts;
      const pid = model.hostPid as number;
      const other = createRuntimeClient({ address: test.server.address });
      const abort = new AbortController();
      const request = { modelName: 'timed', inputs: [tensorInput('x', timed(ENDLESS, 1))] };
      const settings = how === 'deadline' ? { deadlineMs: 1500 } : { deadlineMs: 60_000, signal: abort.signal };
      const stuck = refusalOf(
        how === 'disconnect'
          ? other.predictStream({ signal: abort.signal }).then((stream) => stream.predict('a', request))
          : other.predict(request, settings),
      );
      await eventually('the request runs', () => model.running === 1);
      const behind = [2, 3].map((mark) => ask(mark, 0.05));
      await waits(2);
      abort.abort();
      expect((await stuck).code).toBe(how === 'deadline' ? 'DH_DEADLINE_EXCEEDED' : 'DH_CANCELLED');
      expect(await Promise.all(behind)).toEqual([2, 3]);
      // The addon's engine stops a run; onnxruntime-node's runs end with their process.
      const staysAlive = nativeStatus().isLoaded;
      expect([model.hostPid === pid, isAlive(pid), model.hostRestarts - restarts]).toEqual([
        staysAlive,
        staysAlive,
        staysAlive ? 0 : 1,
      ]);
      // The model itself is not to blame.
      expect(model.state).toBe('READY');
      other.close();
    },
    60_000,
  );
});

describe('more requests than may wait', () => {
  afterEach(() => test.stop());

  it('are RESOURCE_EXHAUSTED at once, with a time to come back, and an emergency takes the place of another', async () => {
    await start({ limits: { maxQueueLength: 6 } });
    const { outcome } = await running(0, 6);
    const batch = Array.from({ length: 20 }, (_, i) => ask(i + 1, 0.05, { priority: 'PRIORITY_BATCH' }));
    // Six wait, and one more where the host has taken one to stand ready.
    await eventually('the others are refused', () => answered.length >= 13);
    for (const refusal of refusals) {
      expect([refusal.code, (refusal.cause as { code: number }).code]).toEqual(['DH_QUEUE_FULL', 8]);
      expect(refusal.retryAfterMs).toBeGreaterThanOrEqual(50);
      expect(refusal.retryAfterMs).toBeLessThanOrEqual(30_000);
    }
    const stat = ask(99, 0.05, { priority: 'PRIORITY_STAT' });
    expect(answered).not.toContain(0);
    expect([await outcome, await stat]).toEqual([0, 99]);
    const outcomes = await Promise.all(batch);
    expect(answered.indexOf(99)).toBe(answered.indexOf(0) + 1);
    const served = outcomes.filter((result) => typeof result === 'number');
    expect(outcomes.filter((result) => result === 'DH_QUEUE_FULL').length + served.length).toBe(20);
    // The emergency took the place of at most one of those that were admitted.
    expect(served.length).toBeGreaterThanOrEqual(5);
    expect(served.length).toBeLessThanOrEqual(7);
  }, 60_000);
});

describe('an end', () => {
  afterEach(() => test.stop());

  it('of its model answers what waits at once, and lets what runs end well', async () => {
    await start({ drainGraceMs: 30_000 });
    const first = await running(1, 6);
    const others = Array.from({ length: 12 }, (_, i) => ask(i + 2, 0.05));
    await waits(12);
    const unloading = test.client.unloadModel('timed', '1');
    await eventually('most are answered', () => answered.length >= 9);
    expect(answered).not.toContain(1);
    expect(await first.outcome).toBe(1);
    expect(await unloading).toMatchObject({ state: 'MODEL_STATE_UNLOADED' });
    // Those that the host held ready may have been answered well; nobody is left without an answer.
    for (const [i, outcome] of (await Promise.all(others)).entries()) {
      expect([i + 2, 'DH_MODEL_UNLOADED']).toContain(outcome);
    }
  }, 60_000);

  it('of a model whose run does not end answers it after the grace, and the process is gone', async () => {
    await start({ drainGraceMs: 200 });
    const pid = model.hostPid as number;
    const { outcome } = await running(1, ENDLESS);
    expect(await test.client.unloadModel('timed', '1')).toMatchObject({ state: 'MODEL_STATE_UNLOADED' });
    expect([await outcome, isAlive(pid), model.hosts.length]).toEqual(['DH_MODEL_UNLOADED', false, 0]);
  }, 60_000);

  it('at the time limit of a run fails that run only, and what waited behind it is answered', async () => {
    await start({ limits: { runTimeoutMs: 400 } });
    const { outcome } = await running(1, ENDLESS);
    const behind = [2, 3, 4].map((mark) => ask(mark, 0.05));
    expect(await outcome).toBe('DH_MODEL_RUN_TIMEOUT');
    expect(await Promise.all(behind)).toEqual([2, 3, 4]);
    await reached(model, 'READY');
  }, 60_000);
});
