import { equal } from 'node:assert/strict';
import { DeepHealthError } from '@deephealth/sdk';
import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { RequestQueue } from './request-queue.js';

interface Waiting {
  readonly name: string;
  readonly rank: number;
  readonly queuedAtUs: number;
  rejectedWith?: DeepHealthError;
  reject(error: DeepHealthError): void;
}

const STAT = 0;
const ROUTINE = 1;
const BATCH = 2;
const SECOND_US = 1_000_000;

function waiting(name: string, rank: number, queuedAtUs = 0): Waiting {
  return {
    name,
    rank,
    queuedAtUs,
    reject(error) {
      this.rejectedWith = error;
    },
  };
}

/** A queue on a clock that stands still until it is moved. */
function queueOf(limit: number, retryAfterMs = (length: number) => length * 10) {
  const clock = { nowUs: 0 };
  const queue = new RequestQueue<Waiting>(limit, () => clock.nowUs, retryAfterMs);
  const takeAll = () => {
    const names: string[] = [];
    for (let next = queue.take(); next !== undefined; next = queue.take()) names.push(next.name);
    return names;
  };
  return { queue, clock, takeAll };
}

function refusalOf(add: () => unknown): DeepHealthError {
  try {
    add();
  } catch (thrown) {
    if (thrown instanceof DeepHealthError) return thrown;
    throw thrown;
  }
  throw new Error('the request was expected to be refused');
}

describe('the order of the queue', () => {
  it('is by urgency, and among equals that of arrival', () => {
    const { queue, takeAll } = queueOf(10);
    for (const [name, rank] of [
      ['b1', BATCH],
      ['r1', ROUTINE],
      ['s1', STAT],
      ['r2', ROUTINE],
      ['b2', BATCH],
      ['s2', STAT],
    ] as const)
      queue.add(waiting(name, rank));
    expect(queue.length).toBe(6);
    expect(queue.headRank).toBe(STAT);
    expect(takeAll()).toEqual(['s1', 's2', 'r1', 'r2', 'b1', 'b2']);
    expect([queue.length, queue.headRank, queue.take()]).toEqual([0, undefined, undefined]);
  });

  it('gives a request that comes back its place in front of its class, though the queue is full', () => {
    const { queue, takeAll } = queueOf(2);
    queue.add(waiting('r1', ROUTINE));
    queue.add(waiting('r2', ROUTINE));
    const first = queue.take() as Waiting;
    queue.add(waiting('r3', ROUTINE));
    queue.putBack(first);
    expect(queue.length).toBe(3);
    expect(takeAll()).toEqual(['r1', 'r2', 'r3']);
  });

  it('passes over a request that was taken out, and does not mind one that is not there', () => {
    const { queue, takeAll } = queueOf(10);
    const left = waiting('left', ROUTINE);
    queue.add(waiting('r1', ROUTINE));
    queue.add(left);
    queue.add(waiting('r2', ROUTINE));
    queue.remove(left);
    queue.remove(left);
    queue.remove(waiting('stranger', STAT));
    expect(queue.length).toBe(2);
    expect(takeAll()).toEqual(['r1', 'r2']);
  });

  it('ends with everything taken out, the most urgent first', () => {
    const { queue } = queueOf(10);
    queue.add(waiting('b', BATCH));
    queue.add(waiting('s', STAT));
    expect(queue.drain().map(({ name }) => name)).toEqual(['s', 'b']);
    expect([queue.length, queue.headRank]).toEqual([0, undefined]);
  });
});

describe('a full queue', () => {
  it('refuses one more of the same class, with the limit and a time to come back', () => {
    const { queue } = queueOf(2, (length) => 100 * length);
    queue.add(waiting('r1', ROUTINE));
    queue.add(waiting('r2', ROUTINE));
    const refusal = refusalOf(() => queue.add(waiting('r3', ROUTINE)));
    expect(refusal).toMatchObject({ code: 'DH_QUEUE_FULL', retryAfterMs: 200, retryable: true });
    expect(refusal.details).toEqual({ expected: 'at most 2 waiting' });
    expect(queue.length).toBe(2);
  });

  it('gives an urgent request the place of the last one of the least urgent class', () => {
    const { queue, takeAll } = queueOf(4);
    const last = waiting('b2', BATCH);
    for (const request of [waiting('s1', STAT), waiting('r1', ROUTINE), waiting('b1', BATCH), last]) queue.add(request);
    expect(queue.add(waiting('r2', ROUTINE))).toBe(last);
    expect(last.rejectedWith?.code).toBe('DH_QUEUE_FULL');
    expect(queue.length).toBe(4);
    expect(takeAll()).toEqual(['s1', 'r1', 'r2', 'b1']);
  });

  it('takes no place from an equal or a more urgent one', () => {
    const { queue, takeAll } = queueOf(2);
    queue.add(waiting('s1', STAT));
    queue.add(waiting('r1', ROUTINE));
    expect(refusalOf(() => queue.add(waiting('r2', ROUTINE))).code).toBe('DH_QUEUE_FULL');
    expect(refusalOf(() => queue.add(waiting('b1', BATCH))).code).toBe('DH_QUEUE_FULL');
    expect(queue.add(waiting('s2', STAT))?.name).toBe('r1');
    expect(refusalOf(() => queue.add(waiting('s3', STAT))).code).toBe('DH_QUEUE_FULL');
    expect(takeAll()).toEqual(['s1', 's2']);
  });

  it('counts what waits elsewhere, but for an emergency', () => {
    const { queue } = queueOf(3);
    queue.add(waiting('r1', ROUTINE), 1);
    queue.add(waiting('r2', ROUTINE), 1);
    expect(refusalOf(() => queue.add(waiting('r3', ROUTINE), 1)).code).toBe('DH_QUEUE_FULL');
    queue.add(waiting('s1', STAT), 1);
    expect(queue.length).toBe(3);
  });

  it('names a time even when everything waits elsewhere', () => {
    const { queue } = queueOf(2, (length) => 10 * length);
    expect(refusalOf(() => queue.add(waiting('r1', ROUTINE), 2)).retryAfterMs).toBe(10);
  });
});

describe('ageing', () => {
  /** Turns of a queue in which emergencies never end. */
  function turnsUnderEmergencies(rank: number, waitedUs: number, turns: number): string[] {
    const { queue, clock } = queueOf(1000);
    for (let i = 0; i < turns; i++) queue.add(waiting(`aged ${i}`, rank, 0));
    clock.nowUs = waitedUs;
    return Array.from({ length: turns }, (_, i) => {
      queue.add(waiting(`stat ${i}`, STAT, waitedUs));
      return (queue.take() as Waiting).name.split(' ')[0] as string;
    });
  }

  it.each([
    ['ROUTINE', ROUTINE, 2],
    ['BATCH', BATCH, 10],
  ])('gives %s one turn in five after its patience, and none before', (_name, rank, seconds) => {
    expect(turnsUnderEmergencies(rank, seconds * SECOND_US, 50)).not.toContain('aged');
    const turns = turnsUnderEmergencies(rank, seconds * SECOND_US + 1, 50);
    expect(turns.filter((turn) => turn === 'aged')).toHaveLength(10);
    for (let start = 0; start < 50; start += 5) {
      expect(turns.slice(start, start + 5).filter((turn) => turn === 'aged')).toHaveLength(1);
    }
  });

  it('lets BATCH through beside ROUTINE, too', () => {
    const { queue, clock } = queueOf(100);
    queue.add(waiting('batch', BATCH, 0));
    clock.nowUs = 11 * SECOND_US;
    for (let i = 0; i < 10; i++) queue.add(waiting(`routine ${i}`, ROUTINE, clock.nowUs));
    const names = Array.from({ length: 5 }, () => queue.take()?.name);
    expect(names).toContain('batch');
  });

  it('takes the one that is the most overdue, not the one that waits for the longest', () => {
    const { queue, clock } = queueOf(100);
    queue.add(waiting('batch', BATCH, 0));
    queue.add(waiting('routine', ROUTINE, SECOND_US));
    clock.nowUs = 10.5 * SECOND_US;
    for (let i = 0; i < 10; i++) queue.add(waiting(`stat ${i}`, STAT, clock.nowUs));
    // Overdue by 7.5 s and by 0.5 s.
    const names = Array.from({ length: 10 }, () => queue.take()?.name);
    expect(names.filter((name) => !name?.startsWith('stat'))).toEqual(['routine', 'batch']);
  });
});

/** The rules as they are written down, on one list in the order of arrival; slow and plain. */
class ReferenceQueue {
  readonly list: Waiting[] = [];
  #turnsSinceAged = 0;

  constructor(readonly limit: number) {}

  of(rank: number): Waiting[] {
    return this.list.filter((request) => request.rank === rank);
  }

  /** The request that is displaced; 'refused' if none may be. */
  add(request: Waiting, elsewhere: number): Waiting | 'refused' | undefined {
    const counted = this.list.length + (request.rank === STAT ? 0 : elsewhere);
    let displaced: Waiting | undefined;
    if (counted >= this.limit) {
      const least = Math.max(...this.list.map(({ rank }) => rank));
      if (this.list.length === 0 || least <= request.rank) return 'refused';
      displaced = this.of(least).at(-1) as Waiting;
      this.remove(displaced);
    }
    this.list.push(request);
    return displaced;
  }

  putBack(request: Waiting): void {
    this.list.unshift(request);
  }

  take(nowUs: number): Waiting | undefined {
    if (this.list.length === 0) return undefined;
    const head = Math.min(...this.list.map(({ rank }) => rank));
    let next = this.of(head)[0] as Waiting;
    if (this.#turnsSinceAged >= 4) {
      const patienceUs = [Number.POSITIVE_INFINITY, 2 * SECOND_US, 10 * SECOND_US];
      const overdueUs = (request: Waiting) => nowUs - request.queuedAtUs - (patienceUs[request.rank] as number);
      const [aged] = [ROUTINE, BATCH]
        .filter((rank) => rank > head)
        .flatMap((rank) => this.of(rank)[0] ?? [])
        .filter((request) => overdueUs(request) > 0)
        .sort((a, b) => overdueUs(b) - overdueUs(a));
      if (aged !== undefined) next = aged;
    }
    this.#turnsSinceAged = next.rank === head ? this.#turnsSinceAged + 1 : 0;
    this.remove(next);
    return next;
  }

  remove(request: Waiting): void {
    const index = this.list.indexOf(request);
    if (index >= 0) this.list.splice(index, 1);
  }
}

describe('the queue, held against its rules on one plain list', () => {
  it('does the same over 300 seeds of 200 random operations', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed);
      const limit = 1 + Math.floor(random() * 12);
      const { queue, clock } = queueOf(limit);
      const reference = new ReferenceQueue(limit);
      const taken: Waiting[] = [];
      for (let step = 0; step < 200; step++) {
        const where = `seed ${seed}, step ${step}`;
        const dice = random();
        if (dice < 0.45) {
          const request = waiting(`${step}`, Math.floor(random() * 3), clock.nowUs);
          const elsewhere = Math.floor(random() * 3);
          const expected = reference.add(request, elsewhere);
          if (expected === 'refused') {
            equal(refusalOf(() => queue.add(request, elsewhere)).code, 'DH_QUEUE_FULL', where);
          } else {
            equal(queue.add(request, elsewhere), expected, where);
            equal(expected?.rejectedWith?.code, expected && 'DH_QUEUE_FULL', where);
          }
        } else if (dice < 0.75) {
          const got = queue.take();
          equal(got, reference.take(clock.nowUs), where);
          if (got !== undefined) taken.push(got);
        } else if (dice < 0.83 && taken.length > 0) {
          const back = taken.splice(Math.floor(random() * taken.length), 1)[0] as Waiting;
          queue.putBack(back);
          reference.putBack(back);
        } else if (dice < 0.93 && reference.list.length > 0) {
          const gone = reference.list[Math.floor(random() * reference.list.length)] as Waiting;
          queue.remove(gone);
          reference.remove(gone);
        } else {
          clock.nowUs += Math.floor(random() * 4 * SECOND_US);
        }
        equal(queue.length, reference.list.length, where);
        const ranks = reference.list.map(({ rank }) => rank);
        equal(queue.headRank, ranks.length === 0 ? undefined : Math.min(...ranks), where);
      }
      const left = [STAT, ROUTINE, BATCH].flatMap((rank) => reference.of(rank));
      expect(queue.drain()).toEqual(left);
    }
  });
});
