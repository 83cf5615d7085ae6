import { DeepHealthError } from '@deephealth/sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunBudget } from './run-budget.js';
import { type Asked, LaneFixture, turn } from './testing/lane-fixture.js';

const outcomes = (asked: readonly Asked[]) => asked.map(({ outcome }) => outcome);

describe('requests of a model', () => {
  it('go to its host in their order, and each caller gets the result of its own', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost({ servedSizes: [1, 2, 4] });
    const asked = ['a', 'b', 'c'].map((mark) => fixture.ask(mark));
    await turn();
    expect(host.marks).toEqual(['a', 'b', 'c']);
    host.start('a', 'b');
    host.answer('b', 'a');
    host.serve('c');
    await turn();
    expect(outcomes(asked)).toEqual(['a', 'b', 'c']);
    expect(asked.map(({ batchSize }) => batchSize)).toEqual([2, 2, 1]);
    expect(fixture.executions).toEqual([2, 1]);
  });

  it('wait for a host, and go to the first that comes', async () => {
    const fixture = new LaneFixture();
    const asked = fixture.ask('a');
    await turn();
    expect([fixture.lane.queueLength, fixture.lane.isIdle]).toEqual([1, false]);
    const host = fixture.addHost();
    await turn();
    host.serve('a');
    await asked.settled;
    expect([asked.outcome, fixture.lane.isIdle, fixture.lane.queueLength]).toEqual(['a', true, 0]);
  });

  it('are observed once each, from the queue to the answer', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    const [, failed, cancelled] = [fixture.ask('a'), fixture.ask('b', { priority: 'STAT' }), fixture.ask('c')];
    await turn();
    host.serve('a');
    host.start('b');
    host.fail('b', { internal: 'a text for the log' });
    (cancelled as Asked).cancel();
    await turn();
    expect(fixture.queued).toEqual(['ROUTINE', 'STAT', 'ROUTINE']);
    expect(fixture.finished.map(({ what }) => what).sort()).toEqual(['DH_CANCELLED', 'DH_MODEL_RUN_FAILED', 'OK']);
    expect(fixture.finished.map(({ priority }) => priority).sort()).toEqual(['ROUTINE', 'ROUTINE', 'STAT']);
    expect(fixture.runFailures).toEqual([{ code: 'DH_MODEL_RUN_FAILED', internal: 'a text for the log' }]);
    expect((failed as Asked).error?.message).toBe('No.');
  });

  it('are counted as running only once they have begun', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    fixture.askMany(5);
    await turn();
    expect([fixture.lane.running, fixture.lane.queueLength]).toEqual([0, 5]);
    host.start('request 1');
    expect([fixture.lane.running, fixture.lane.queueLength]).toEqual([1, 4]);
    host.answer('request 1');
    expect([fixture.lane.running, fixture.lane.queueLength]).toEqual([0, 4]);
  });

  it('say when the last of them is done', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    fixture.askMany(2);
    await turn();
    const before = fixture.idle;
    host.serve('request 1');
    expect(fixture.idle).toBe(before);
    host.serve('request 2');
    expect(fixture.idle).toBeGreaterThan(before);
  });
});

describe('a host', () => {
  it('is given enough to begin its next run at once, and not all that waits', async () => {
    for (const servedSizes of [[1], [1, 2, 4], [1, 2, 4, 8, 16, 32]]) {
      const largest = Math.max(...servedSizes);
      const fixture = new LaneFixture();
      const host = fixture.addHost({ servedSizes });
      fixture.askMany(200);
      await turn();
      // One largest run, and at least one more item that is there when it ends.
      expect(host.held.length).toBeGreaterThan(largest);
      expect(host.held.length).toBeLessThanOrEqual(Math.max(4, 3 * largest));
      const full = host.held.length;
      host.serve('request 1');
      await turn();
      expect(host.held.length).toBe(full);
    }
  });

  it('is given as many as it runs at once where it runs several', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost({ concurrency: 8, provider: 'remote' });
    fixture.askMany(100);
    await turn();
    expect(host.held.length).toBeGreaterThanOrEqual(8);
    expect(host.held.length).toBeLessThanOrEqual(24);
  });

  it('that has enough to do is given an emergency all the same, but not any number of them', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    fixture.askMany(20);
    await turn();
    const full = host.held.length;
    fixture.ask('emergency', { priority: 'STAT' });
    await turn();
    expect(host.marks).toContain('emergency');
    for (let i = 0; i < 20; i++) fixture.ask(`stat ${i}`, { priority: 'STAT' });
    await turn();
    expect(host.held.length).toBeGreaterThan(full);
    expect(host.held.length).toBeLessThanOrEqual(full + 4);
  });

  it('is told the rank of each item, and its deadline', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost({ servedSizes: [1, 2, 4] });
    const deadlineMs = Date.now() + 60_000;
    fixture.ask('s', { priority: 'STAT', deadlineMs }).settled.catch(() => undefined);
    fixture.ask('r');
    fixture.ask('b', { priority: 'BATCH' });
    await turn();
    expect(host.items.map(({ rank, deadlineMs }) => [rank, deadlineMs])).toEqual([
      [0, deadlineMs],
      [1, null],
      [2, null],
    ]);
    expect(host.items.every(({ alone }) => !alone)).toBe(true);
  });

  it('with less to do gets the next request', async () => {
    const fixture = new LaneFixture({ budget: new RunBudget(2) });
    const [a, b] = [fixture.addHost(), fixture.addHost()];
    fixture.ask('first');
    await turn();
    fixture.ask('second');
    await turn();
    expect([a.held.length, b.held.length]).toEqual([1, 1]);
  });

  it('that is retired finishes what it has, gets nothing more, and is closed then', async () => {
    const fixture = new LaneFixture({ budget: new RunBudget(2) });
    const old = fixture.addHost();
    const first = fixture.ask('first');
    await turn();
    old.start('first');
    const young = fixture.addHost();
    fixture.lane.retire(old.process);
    const second = fixture.ask('second');
    await turn();
    expect([old.marks, young.marks]).toEqual([['first'], ['second']]);
    expect([old.isClosed, fixture.lane.serves(old.process), fixture.lane.serves(young.process)]).toEqual([
      false,
      false,
      true,
    ]);
    old.answer('first');
    expect([old.isClosed, old.isKilled]).toEqual([true, false]);
    young.serve('second');
    await turn();
    expect(outcomes([first, second])).toEqual(['first', 'second']);
  });

  it('that is retired with nothing to do is closed at once', () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    fixture.lane.retire(host.process);
    expect([host.isClosed, fixture.lane.hosts]).toEqual([true, []]);
  });

  it('takes turns with those of other models on the same processor', async () => {
    const budget = new RunBudget(1);
    const [one, other] = [new LaneFixture({ budget }), new LaneFixture({ budget })];
    const [a, b] = [one.addHost(), other.addHost()];
    one.ask('a');
    other.ask('b');
    await turn();
    expect([a.held.length, b.held.length]).toEqual([1, 0]);
    a.serve('a');
    await turn();
    expect(b.marks).toEqual(['b']);
  });

  it('elsewhere takes no turn, as it computes on another machine', async () => {
    const budget = new RunBudget(1);
    const [one, other] = [new LaneFixture({ budget }), new LaneFixture({ budget })];
    const [a, b] = [one.addHost(), other.addHost({ provider: 'remote', concurrency: 4 })];
    one.ask('a');
    other.ask('b');
    await turn();
    expect([a.held.length, b.held.length]).toEqual([1, 1]);
  });

  it('whose engine could not allocate is in doubt, and only that request fails', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    const [big, small] = [fixture.ask('big'), fixture.ask('small')];
    await turn();
    host.start('big');
    host.fail('big', { code: 'DH_MODEL_MEMORY_EXCEEDED' });
    host.serve('small');
    await turn();
    expect(outcomes([big, small])).toEqual(['DH_MODEL_MEMORY_EXCEEDED', 'small']);
    expect(fixture.inDoubt).toEqual([host]);
  });

  it('that answers twice, or for items that nobody asked, disturbs nothing', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    const [a, b] = [fixture.ask('a'), fixture.ask('b')];
    await turn();
    host.serve('a');
    host.answer('a');
    host.onReply({ type: 'started', ids: [999] });
    host.onReply({ type: 'results', results: [{ id: 999, error: { code: 'DH_INTERNAL', message: '', details: {} } }] });
    host.serve('b');
    await turn();
    expect(outcomes([a, b])).toEqual(['a', 'b']);
    expect([fixture.lane.running, fixture.lane.queueLength, fixture.lane.isIdle]).toEqual([0, 0, true]);
  });
});

describe('a full lane', () => {
  it('refuses at once, with a time to come back, counting what a host holds ready', async () => {
    const fixture = new LaneFixture({ limits: { maxQueueLength: 4 } });
    const host = fixture.addHost();
    const asked = fixture.askMany(20);
    await turn();
    const refused = asked.filter(({ outcome }) => outcome === 'DH_QUEUE_FULL');
    // One runs or is about to, four wait; wherever they do.
    expect(asked.length - refused.length).toBe(5);
    for (const { error } of refused) {
      expect(error?.retryAfterMs).toBeGreaterThanOrEqual(50);
      expect(error?.retryAfterMs).toBeLessThanOrEqual(30_000);
    }
    for (const { mark } of asked.filter(({ outcome }) => outcome === undefined)) {
      await turn();
      host.serve(mark);
    }
    await turn();
    expect(asked.filter(({ outcome, mark }) => outcome === mark)).toHaveLength(5);
  });

  it('finds room for an emergency: the last of the least urgent ones is refused in its place', async () => {
    const fixture = new LaneFixture({ limits: { maxQueueLength: 4 } });
    fixture.addHost();
    const batch = fixture.askMany(10, { priority: 'BATCH' });
    await turn();
    const open = () => batch.filter(({ outcome }) => outcome === undefined);
    const waiting = open();
    const emergency = fixture.ask('emergency', { priority: 'STAT' });
    await turn();
    expect(emergency.outcome).toBeUndefined();
    expect(waiting.length - open().length).toBeLessThanOrEqual(1);
    // The ones in front keep their places.
    expect(open()).toEqual(waiting.slice(0, open().length));
  });
});

describe('a caller that leaves', () => {
  it('while its request waits is answered at once, and the request never reaches a host', async () => {
    const fixture = new LaneFixture();
    const asked = fixture.ask('a');
    asked.cancel();
    await turn();
    expect(asked.outcome).toBe('DH_CANCELLED');
    const host = fixture.addHost();
    await turn();
    expect([host.items.length, fixture.lane.isIdle]).toEqual([0, true]);
  });

  it('in the moment in which its request was to be sent takes it back', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    const [a, b] = [fixture.ask('a'), fixture.ask('b')];
    a.cancel();
    await turn();
    expect(outcomes([a, b])).toEqual(['DH_CANCELLED', undefined]);
    expect(host.marks).toEqual(['b']);
  });

  it('while a host holds its request ready is answered at once, and the host is told', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    const [a, b] = [fixture.ask('a'), fixture.ask('b')];
    await turn();
    host.start('a');
    b.cancel();
    await b.settled;
    expect(b.outcome).toBe('DH_CANCELLED');
    expect(host.cancelled).toEqual([host.item('b').id]);
    host.fail('b', { code: 'DH_CANCELLED' });
    host.answer('a');
    await turn();
    expect([a.outcome, fixture.lane.isIdle]).toEqual(['a', true]);
  });

  it('before it asks is refused before anything is done', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    const gone = fixture.ask('gone', { signal: AbortSignal.abort() });
    const late = fixture.ask('late', { deadlineMs: Date.now() - 1 });
    await turn();
    expect(outcomes([gone, late])).toEqual(['DH_CANCELLED', 'DH_DEADLINE_EXCEEDED']);
    expect([host.items.length, fixture.queued.length]).toEqual([0, 0]);
  });

  it('after its answer disturbs nobody', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    const a = fixture.ask('a');
    await turn();
    host.serve('a');
    await a.settled;
    const b = fixture.ask('b');
    await turn();
    host.start('b');
    a.cancel();
    await turn();
    expect([host.cancelled, b.outcome]).toEqual([[], undefined]);
  });
});

describe('clocks of requests and runs', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
  afterEach(() => vi.useRealTimers());

  const limits = { runTimeoutMs: 1000, abandonGraceMs: 200 };

  it('answer a request that waits at its deadline, and it never runs', async () => {
    const fixture = new LaneFixture({ limits });
    const host = fixture.addHost();
    fixture.askMany(10);
    const asked = fixture.ask('late', { deadlineMs: Date.now() + 50 });
    await turn();
    vi.advanceTimersByTime(49);
    await turn();
    expect(asked.outcome).toBeUndefined();
    // Deadlines close to each other share a timer.
    vi.advanceTimersByTime(1 + 5);
    await turn();
    expect(asked.outcome).toBe('DH_DEADLINE_EXCEEDED');
    for (let i = 1; i <= 10; i++) {
      host.serve(`request ${i}`);
      await turn();
    }
    expect(host.items.map(({ outputs }) => outputs[0])).not.toContain('late');
  });

  it('give a run that nobody waits for its grace, and leave the host alone if it ends in time', async () => {
    const fixture = new LaneFixture({ limits });
    const host = fixture.addHost();
    const [a, b] = [fixture.ask('a'), fixture.ask('b')];
    await turn();
    host.start('a');
    vi.advanceTimersByTime(500);
    a.cancel();
    vi.advanceTimersByTime(199);
    host.answer('a');
    vi.advanceTimersByTime(199);
    expect(host.isKilled).toBe(false);
    host.serve('b');
    await turn();
    expect(outcomes([a, b])).toEqual(['DH_CANCELLED', 'b']);
  });

  it('end the host after the grace; what it held ready runs on the next one, by itself', async () => {
    const fixture = new LaneFixture({ limits });
    const host = fixture.addHost();
    const [a, b] = [fixture.ask('a'), fixture.ask('b')];
    await turn();
    host.start('a');
    a.cancel();
    vi.advanceTimersByTime(200);
    await turn();
    expect([host.isKilled, fixture.endedByLane, fixture.exits]).toEqual([true, ['abandoned'], ['abandoned']]);
    const next = fixture.addHost();
    await turn();
    expect(next.marks).toEqual(['b']);
    next.serve('b');
    await turn();
    expect(outcomes([a, b])).toEqual(['DH_CANCELLED', 'b']);
  });

  it('do not end a run for one caller that left while another one waits for it', async () => {
    const fixture = new LaneFixture({ limits });
    const host = fixture.addHost({ servedSizes: [1, 2] });
    const [a, b] = [fixture.ask('a'), fixture.ask('b')];
    await turn();
    host.start('a', 'b');
    a.cancel();
    vi.advanceTimersByTime(900);
    expect(host.isKilled).toBe(false);
    host.answer('a', 'b');
    await turn();
    expect(outcomes([a, b])).toEqual(['DH_CANCELLED', 'b']);
    vi.advanceTimersByTime(5000);
    expect(host.isKilled).toBe(false);
  });

  it('count a deadline that passes during the run as a caller that left', async () => {
    const fixture = new LaneFixture({ limits });
    const host = fixture.addHost();
    const asked = fixture.ask('a', { deadlineMs: Date.now() + 100 });
    await turn();
    host.start('a');
    vi.advanceTimersByTime(100 + 5);
    await turn();
    expect([asked.outcome, host.isKilled]).toEqual(['DH_DEADLINE_EXCEEDED', false]);
    vi.advanceTimersByTime(200);
    expect(host.isKilled).toBe(true);
  });

  it('stop a run at its limit, and say so to the one that ran', async () => {
    const fixture = new LaneFixture({ limits });
    const host = fixture.addHost();
    const [a, b] = [fixture.ask('a'), fixture.ask('b')];
    await turn();
    vi.advanceTimersByTime(5000);
    expect(host.isKilled).toBe(false);
    host.start('a');
    vi.advanceTimersByTime(999);
    expect(host.isKilled).toBe(false);
    vi.advanceTimersByTime(1);
    await turn();
    expect([host.isKilled, fixture.endedByLane, a.outcome]).toEqual([true, ['run-timeout'], 'DH_MODEL_RUN_TIMEOUT']);
    expect(a.error?.details).toEqual({ expected: 'at most 1000 ms' });
    const next = fixture.addHost();
    await turn();
    next.serve('b');
    await turn();
    expect(b.outcome).toBe('b');
  });

  it('go by the limit of the manifest where that is less, never where it is more', async () => {
    for (const [runTimeoutMs, expected] of [
      [300, 300],
      [9000, 1000],
    ]) {
      const fixture = new LaneFixture({ limits });
      const host = fixture.addHost({ runTimeoutMs: runTimeoutMs as number });
      fixture.ask('a');
      await turn();
      host.start('a');
      vi.advanceTimersByTime((expected as number) - 1);
      expect(host.isKilled).toBe(false);
      vi.advanceTimersByTime(1);
      expect(host.isKilled).toBe(true);
    }
  });

  it('begin for a run that stands ready when the one before it has ended', async () => {
    const fixture = new LaneFixture({ limits });
    const host = fixture.addHost();
    const [a, b] = [fixture.ask('a'), fixture.ask('b')];
    await turn();
    host.start('a');
    host.start('b');
    vi.advanceTimersByTime(900);
    host.answer('a');
    vi.advanceTimersByTime(900);
    expect(host.isKilled).toBe(false);
    host.answer('b');
    await turn();
    expect(outcomes([a, b])).toEqual(['a', 'b']);
  });

  it('begin anew for a run that gave way to an emergency', async () => {
    const fixture = new LaneFixture({ limits });
    const host = fixture.addHost();
    const [a, b] = [fixture.ask('a'), fixture.ask('b')];
    await turn();
    host.start('a');
    host.start('b');
    const stat = fixture.ask('stat', { priority: 'STAT' });
    await turn();
    host.answer('a');
    host.start('stat');
    expect(fixture.lane.running).toBeLessThanOrEqual(2);
    vi.advanceTimersByTime(900);
    host.answer('stat');
    host.start('b');
    expect(fixture.lane.running).toBe(1);
    vi.advanceTimersByTime(900);
    expect(host.isKilled).toBe(false);
    host.answer('b');
    await turn();
    expect(outcomes([a, b, stat])).toEqual(['a', 'b', 'stat']);
    expect([fixture.lane.running, fixture.lane.isIdle]).toEqual([0, true]);
  });

  it('leave nothing behind once everything is answered', async () => {
    const fixture = new LaneFixture({ limits });
    const host = fixture.addHost();
    const asked = fixture.ask('a', { deadlineMs: Date.now() + 5000 });
    await turn();
    host.start('a');
    host.answer('a');
    await asked.settled;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('when a host dies', () => {
  it('the request that it ran alone fails as lost, to be sent again', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    const a = fixture.ask('a');
    await turn();
    host.start('a');
    host.die();
    await turn();
    expect(a.error).toMatchObject({ code: 'DH_MODEL_HOST_LOST', retryable: true });
    expect(a.error?.retryAfterMs).toBeGreaterThan(0);
    expect(fixture.exits).toEqual([undefined]);
  });

  it('those that had not begun go to the next one in their order, before those that came later', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    const asked = ['a', 'b', 'c'].map((mark) => fixture.ask(mark));
    await turn();
    expect(host.marks).toEqual(['a', 'b', 'c']);
    asked.push(fixture.ask('d'));
    host.die();
    const next = fixture.addHost();
    for (const mark of ['a', 'b', 'c', 'd']) {
      await turn();
      next.serve(mark);
    }
    await turn();
    expect(next.items.map(({ outputs }) => outputs[0])).toEqual(['a', 'b', 'c', 'd']);
    expect(outcomes(asked)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('those that ran together each get another try by themselves, so that one does not fail for another', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost({ servedSizes: [1, 2, 4] });
    const asked = ['a', 'deadly', 'c'].map((mark) => fixture.ask(mark));
    await turn();
    host.start('a', 'deadly', 'c');
    host.die();
    await turn();
    expect(outcomes(asked)).toEqual([undefined, undefined, undefined]);
    const second = fixture.addHost({ servedSizes: [1, 2, 4] });
    await turn();
    expect(second.items.map(({ alone }) => alone)).toEqual(second.items.map(() => true));
    second.serve('a');
    await turn();
    second.start('deadly');
    second.die();
    const third = fixture.addHost({ servedSizes: [1, 2, 4] });
    await turn();
    third.serve('c');
    await turn();
    expect(outcomes(asked)).toEqual(['a', 'DH_MODEL_HOST_LOST', 'c']);
  });

  it('an input that was there runs by itself also when it is sent again', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost({ servedSizes: [1, 2] });
    fixture.ask('a', { input: 'suspect' });
    fixture.ask('b', { input: 'other suspect' });
    await turn();
    host.start('a', 'b');
    host.die();
    const next = fixture.addHost({ servedSizes: [1, 2] });
    await turn();
    next.serve('a', 'b');
    fixture.ask('again', { input: 'suspect' });
    fixture.ask('stranger', { input: 'stranger' });
    await turn();
    expect([next.item('again').alone, next.item('stranger').alone]).toEqual([true, false]);
  });

  it('an input that ended two by itself is named, and is not run a third time', async () => {
    const fixture = new LaneFixture();
    const die = async (mark: string) => {
      const host = fixture.addHost();
      const asked = fixture.ask(mark, { input: 'deadly' });
      await turn();
      host.start(mark);
      host.die();
      await asked.settled;
      return asked.error;
    };
    expect((await die('first'))?.code).toBe('DH_MODEL_HOST_LOST');
    const second = await die('second');
    expect([second?.code, second?.retryable]).toEqual(['DH_MODEL_CRASHED', false]);
    const host = fixture.addHost();
    const third = fixture.ask('third', { input: 'deadly' });
    const other = fixture.ask('other', { input: 'harmless' });
    await turn();
    expect([third.outcome, host.marks]).toEqual(['DH_MODEL_CRASHED', ['other']]);
    host.serve('other');
    await other.settled;
    expect(other.outcome).toBe('other');
  });

  it('a request that only waited in three of them in a row is given back to its caller', async () => {
    const fixture = new LaneFixture();
    const asked = fixture.ask('a');
    const hosts = [];
    for (let i = 0; asked.outcome === undefined && i < 10; i++) {
      const host = fixture.addHost();
      hosts.push(host);
      await turn();
      host.die();
      await turn();
    }
    expect([asked.outcome, hosts.length]).toEqual(['DH_MODEL_HOST_LOST', 3]);
  });

  it('for lack of memory, the one that ran is told so', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    const a = fixture.ask('a');
    await turn();
    host.start('a');
    host.die({ exitCode: 1, signal: null, memoryExceeded: true });
    await a.settled;
    expect(a.outcome).toBe('DH_MODEL_MEMORY_EXCEEDED');
  });

  it('a request whose caller had left is not run again', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    const [a, b] = [fixture.ask('a'), fixture.ask('b')];
    await turn();
    host.start('a');
    b.cancel();
    host.die();
    const next = fixture.addHost();
    await turn();
    expect([next.items.length, a.outcome, b.outcome]).toEqual([0, 'DH_MODEL_HOST_LOST', 'DH_CANCELLED']);
  });

  it('the threads that it had are free for the next one', async () => {
    const budget = new RunBudget(1);
    const fixture = new LaneFixture({ budget });
    const host = fixture.addHost();
    fixture.ask('a');
    await turn();
    host.start('a');
    host.die();
    const next = fixture.addHost();
    fixture.ask('b');
    await turn();
    expect(next.marks).toEqual(['b']);
  });
});

describe('the end of a lane', () => {
  it('answers everything that waits or runs, and resolves when the hosts are gone', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    host.exitsWhenKilled = false;
    const asked = fixture.askMany(10);
    await turn();
    host.start('request 1');
    let isOver = false;
    const over = fixture.lane.rejectAll(new DeepHealthError('DH_SERVER_STOPPING', 'Bye.')).then(() => {
      isOver = true;
    });
    await turn();
    expect(new Set(outcomes(asked))).toEqual(new Set(['DH_SERVER_STOPPING']));
    expect([host.isKilled, isOver, fixture.lane.isIdle]).toEqual([true, false, true]);
    host.die();
    await over;
    expect([fixture.lane.running, fixture.lane.queueLength, fixture.lane.hosts]).toEqual([0, 0, []]);
  });

  it('may begin with what waits for a host, while that goes on', async () => {
    const fixture = new LaneFixture();
    const host = fixture.addHost();
    const asked = fixture.askMany(20);
    await turn();
    host.start('request 1');
    fixture.lane.rejectQueued(new DeepHealthError('DH_SERVER_STOPPING', 'Bye.'));
    await turn();
    expect(outcomes(asked).filter((outcome) => outcome === 'DH_SERVER_STOPPING').length).toBeGreaterThanOrEqual(15);
    host.answer('request 1');
    await turn();
    expect(asked[0]?.outcome).toBe('request 1');
  });
});
