import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { monotonicMs } from './deadline-clock.js';
import { LaneFixture, outcomes, turn } from './testing/lane-fixture.js';

describe('clocks of requests and runs', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }));
  afterEach(() => vi.useRealTimers());

  const limits = { runTimeoutMs: 1000, abandonGraceMs: 200 };

  it('answer a request that waits at its deadline, and it never runs', async () => {
    const fixture = new LaneFixture({ limits });
    const host = fixture.addHost();
    fixture.askMany(10);
    const asked = fixture.ask('late', { deadlineMs: monotonicMs() + 50 });
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
    const asked = fixture.ask('a', { deadlineMs: monotonicMs() + 100 });
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
    const asked = fixture.ask('a', { deadlineMs: monotonicMs() + 5000 });
    await turn();
    host.start('a');
    host.answer('a');
    await asked.settled;
    expect(vi.getTimerCount()).toBe(0);
  });
});
