import { describe, expect, it } from 'vitest';
import { monotonicMs } from './deadline-clock.js';
import { RunBudget } from './run-budget.js';
import { LaneFixture, outcomes, turn } from './testing/lane-fixture.js';

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
    const deadlineMs = monotonicMs() + 60_000;
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
