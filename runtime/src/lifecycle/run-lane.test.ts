import { DeepHealthError } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { monotonicMs } from './deadline-clock.js';
import { type Asked, LaneFixture, outcomes, turn } from './testing/lane-fixture.js';

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
    const late = fixture.ask('late', { deadlineMs: monotonicMs() - 1 });
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
