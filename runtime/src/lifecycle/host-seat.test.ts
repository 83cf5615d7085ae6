import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from './default-limits.js';
import { HostSeat } from './host-seat.js';
import type { ModelLimits } from './model-limits.js';
import { RunBudget } from './run-budget.js';
import { RunRequest } from './run-request.js';
import { HostDouble } from './testing/host-double.js';
import { type HostFixtureOptions, loadedAs, turn } from './testing/lane-fixture.js';

const STAT = 0;
const ROUTINE = 1;

function request(mark: string): RunRequest {
  const { signal } = new AbortController();
  const payload = { type: 'infer' as const, outputs: [mark], tensors: {} };
  return new RunRequest({ deadlineMs: Number.POSITIVE_INFINITY, signal, payload }, () => undefined);
}

interface SeatOptions extends HostFixtureOptions {
  readonly budget?: RunBudget;
  readonly limits?: Partial<ModelLimits>;
}

function seatOf({ budget = new RunBudget(1), limits, ...host }: SeatOptions = {}) {
  const double = new HostDouble();
  const given = { rank: ROUTINE, granted: 0 };
  const seat = new HostSeat({
    host: double.process,
    loaded: loadedAs(host),
    limits: { ...DEFAULT_LIMITS, ...limits },
    budget,
    queueRank: () => given.rank,
    onGranted: () => {
      given.granted += 1;
    },
    onEnded: () => undefined,
  });
  /** Sends until there is no room; gives the number sent. */
  const fill = (rank = ROUTINE) => {
    let sent = 0;
    while (seat.hasRoom(rank)) seat.send(request(`${rank}/${sent++}`));
    return sent;
  };
  return { seat, double, given, fill };
}

describe('the room of a host', () => {
  it('holds more for what it runs together, and never more than may wait', () => {
    const one = seatOf().fill();
    const eight = seatOf({ servedSizes: [1, 2, 4, 8] }).fill();
    expect(one).toBeGreaterThanOrEqual(2);
    expect(eight).toBeGreaterThan(8);
    const short = seatOf({ servedSizes: [1, 2, 4, 8, 16, 32], limits: { maxQueueLength: 6 } }).fill();
    expect(short).toBeLessThanOrEqual(6);
  });

  it('has a little more for emergencies', () => {
    const { fill } = seatOf();
    expect(fill(ROUTINE)).toBeGreaterThan(0);
    const urgent = fill(STAT);
    expect(urgent).toBeGreaterThan(0);
    expect(urgent).toBeLessThan(5);
  });

  it('counts what waits in it, but for the one that begins at once', async () => {
    const { seat, double } = seatOf({ servedSizes: [1, 2, 4] });
    for (const mark of ['a', 'b', 'c', 'd']) seat.send(request(mark));
    await turn();
    expect([seat.size, seat.started, seat.unstarted]).toEqual([4, 0, 3]);
    double.onReply = (reply) => reply.type === 'started' && seat.onStarted(reply.ids);
    double.start('a', 'b');
    expect([seat.size, seat.started, seat.unstarted]).toEqual([4, 2, 2]);
    expect(seat.take(double.item('a').id)).toMatchObject({ companions: 2 });
    expect(seat.take(double.item('d').id)).toMatchObject({ companions: 0 });
    expect([seat.size, seat.started, seat.unstarted]).toEqual([2, 1, 1]);
  });
});

describe('a host and the threads of the machine', () => {
  it('asks for as many threads as its manifest says, else as its limits do', () => {
    expect(seatOf({ intraOpThreads: 3 }).seat.threads).toBe(3);
    expect(seatOf({ limits: { intraOpThreads: 2 } }).seat.threads).toBe(2);
  });

  it('waits for threads, and is called when it has them', () => {
    const budget = new RunBudget(1);
    const [a, b] = [seatOf({ budget }), seatOf({ budget })];
    expect([a.seat.hasRoom(ROUTINE), b.seat.hasRoom(ROUTINE)]).toEqual([true, false]);
    a.seat.rest();
    expect([b.given.granted, b.seat.hasRoom(ROUTINE)]).toEqual([1, true]);
  });

  it('keeps its threads while it has something to do', async () => {
    const budget = new RunBudget(1);
    const [a, b] = [seatOf({ budget }), seatOf({ budget })];
    a.seat.hasRoom(ROUTINE);
    a.seat.send(request('a'));
    b.seat.hasRoom(ROUTINE);
    a.seat.rest();
    await turn();
    expect(b.seat.hasRoom(ROUTINE)).toBe(false);
    a.seat.take(a.double.item('a').id);
    a.seat.rest();
    expect(b.seat.hasRoom(ROUTINE)).toBe(true);
  });

  it('takes nothing more when another one is more urgent, and hands over when it has finished', async () => {
    const budget = new RunBudget(1);
    const [a, b] = [seatOf({ budget }), seatOf({ budget })];
    a.seat.hasRoom(ROUTINE);
    a.seat.send(request('a'));
    b.given.rank = STAT;
    b.seat.hasRoom(STAT);
    await turn();
    expect(a.seat.hasRoom(ROUTINE)).toBe(false);
    a.seat.take(a.double.item('a').id);
    expect(a.seat.hasRoom(ROUTINE)).toBe(false);
    expect([b.given.granted, b.seat.hasRoom(STAT)]).toEqual([1, true]);
  });

  it('gives them back when it is emptied, and when the last item of a retired one is done', async () => {
    const budget = new RunBudget(1);
    const [a, b, c] = [seatOf({ budget }), seatOf({ budget }), seatOf({ budget })];
    a.seat.hasRoom(ROUTINE);
    a.seat.send(request('a'));
    b.seat.hasRoom(ROUTINE);
    expect(a.seat.clear()).toHaveLength(1);
    expect(b.seat.hasRoom(ROUTINE)).toBe(true);
    b.seat.send(request('b'));
    await turn();
    c.seat.hasRoom(ROUTINE);
    b.seat.isRetiring = true;
    b.seat.take(b.double.item('b').id);
    expect(c.seat.hasRoom(ROUTINE)).toBe(true);
  });
});

describe('what was with a host that is gone', () => {
  async function started() {
    const { seat, double } = seatOf();
    for (const mark of ['front', 'ready', 'waiting']) seat.send(request(mark));
    await turn();
    double.onReply = (reply) => reply.type === 'started' && seat.onStarted(reply.ids);
    double.start('front');
    double.start('ready');
    const companions = () =>
      Object.fromEntries(seat.clear().map(({ request: { payload }, companions }) => [payload.outputs[0], companions]));
    return { seat, companions };
  }

  it('may all have ended it that had begun, as nobody can tell which one it was', async () => {
    const { companions } = await started();
    expect(companions()).toEqual({ front: 2, ready: 2, waiting: 0 });
  });

  it('was the run in front if its time limit ended the host', async () => {
    const { seat, companions } = await started();
    seat.endedFor = 'run-timeout';
    expect(companions()).toEqual({ front: 1, ready: 0, waiting: 0 });
  });
});

describe('an item between two of its own runs', () => {
  async function pausedSeat(budget: RunBudget) {
    const { seat, double, fill } = seatOf({ budget });
    expect(seat.hasRoom(ROUTINE)).toBe(true);
    seat.send(request('long'));
    await turn();
    double.onReply = (reply) => reply.type === 'started' && seat.onStarted(reply.ids);
    double.start('long');
    return { seat, double, fill, id: double.item('long').id };
  }

  it('goes on at once while nobody else wants the threads, and does not count as running meanwhile', async () => {
    const { seat, double, id } = await pausedSeat(new RunBudget(1));
    expect(seat.started).toBe(1);
    seat.onPaused(id);
    expect([seat.started, double.resumed]).toEqual([0, [id]]);
    double.start('long');
    expect([seat.started, seat.size]).toEqual([1, 1]);
    expect(seat.take(id)).toMatchObject({ companions: 1 });
  });

  it('lets the host of another model have its turn first', async () => {
    let nowMs = 0;
    const budget = new RunBudget(1, () => nowMs);
    const { seat, double, id } = await pausedSeat(budget);
    const other = seatOf({ budget });
    expect(other.seat.hasRoom(ROUTINE)).toBe(false);
    seat.onPaused(id);
    // Its turn is not over yet.
    expect(double.resumed).toEqual([id]);
    double.start('long');
    nowMs += 60;
    seat.onPaused(id);
    expect(double.resumed).toEqual([id]);
    expect(other.given.granted).toBe(1);
    expect(budget.isGranted(other.seat)).toBe(true);
    budget.release(other.seat);
    expect(double.resumed).toEqual([id, id]);
    expect(budget.isGranted(seat)).toBe(true);
  });

  it('waits for what else is with the host, and goes on when that has left unsent', async () => {
    let nowMs = 0;
    const budget = new RunBudget(1, () => nowMs);
    const { seat, double, id } = await pausedSeat(budget);
    const second = request('second');
    seat.send(second);
    const other = seatOf({ budget });
    expect(other.seat.hasRoom(ROUTINE)).toBe(false);
    nowMs += 60;
    seat.onPaused(id);
    expect([double.resumed, other.given.granted]).toEqual([[], 0]);
    seat.abandon(second);
    expect([double.resumed, other.given.granted]).toEqual([[], 1]);
    budget.leave(other.seat);
    expect(double.resumed).toEqual([id]);
  });

  it('is not to blame for the end of its host', async () => {
    const { seat, id } = await pausedSeat(new RunBudget(1));
    seat.onPaused(id);
    expect(seat.clear()).toMatchObject([{ companions: 0 }]);
  });
});
