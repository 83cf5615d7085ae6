import { equal, ok } from 'node:assert/strict';
import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { type BudgetSeat, RunBudget } from './run-budget.js';

/** A host that always has work, and counts what it is given. */
class Seat implements BudgetSeat {
  grants = 0;
  servedMs = 0;
  currentRank: number;

  constructor(
    readonly name: string,
    readonly threads = 1,
    rank = 1,
  ) {
    this.currentRank = rank;
  }

  rank(): number {
    return this.currentRank;
  }

  onGranted(): void {
    this.grants += 1;
  }
}

function budgetOf(threads: number) {
  const clock = { nowMs: 1000 };
  return { budget: new RunBudget(threads, () => clock.nowMs), clock };
}

/** What hosts do at the end of a run: those that should hand over stand in line again. */
function handOver(budget: RunBudget, seats: readonly Seat[]): void {
  for (const seat of seats) {
    if (!budget.isGranted(seat) || !budget.shouldYield(seat)) continue;
    budget.release(seat);
    budget.request(seat);
  }
}

describe('the budget', () => {
  it('grants at once what is free, and says so without a call', () => {
    const { budget } = budgetOf(2);
    const [a, b] = [new Seat('a'), new Seat('b')];
    expect(budget.threads).toBe(2);
    expect([budget.request(a), budget.request(b)]).toEqual([true, true]);
    expect(budget.request(a)).toBe(true);
    expect([a.grants, b.grants]).toEqual([0, 0]);
  });

  it('lets the next one wait, and calls it when threads are given back', () => {
    const { budget } = budgetOf(1);
    const [a, b] = [new Seat('a'), new Seat('b')];
    budget.request(a);
    expect([budget.request(b), budget.request(b), budget.isGranted(b)]).toEqual([false, false, false]);
    budget.release(a);
    expect([budget.isGranted(a), budget.isGranted(b), b.grants]).toEqual([false, true, 1]);
  });

  it('gives a host that wants more threads than there are all of them, and waits until they are free', () => {
    const { budget } = budgetOf(2);
    const [wide, a, b] = [new Seat('wide', 8), new Seat('a'), new Seat('b')];
    budget.request(a);
    expect(budget.request(wide)).toBe(false);
    // The one thread that is left stays free for the one that has waited before.
    expect(budget.request(b)).toBe(false);
    budget.release(a);
    expect([budget.isGranted(wide), budget.isGranted(b)]).toEqual([true, false]);
    budget.release(wide);
    expect(budget.isGranted(b)).toBe(true);
  });

  it('forgets one that no longer waits', () => {
    const { budget } = budgetOf(1);
    const [a, b, c] = [new Seat('a'), new Seat('b'), new Seat('c')];
    budget.request(a);
    budget.request(b);
    budget.request(c);
    budget.release(b);
    budget.release(a);
    expect([b.grants, c.grants]).toEqual([0, 1]);
  });

  it('lets those through that stood behind one which gave up waiting for more threads', () => {
    const { budget } = budgetOf(2);
    const [long, wide, small] = [new Seat('long'), new Seat('wide', 2), new Seat('small')];
    budget.request(long);
    budget.request(wide);
    expect(budget.request(small)).toBe(false);
    budget.release(wide);
    expect([budget.isGranted(small), small.grants]).toEqual([true, 1]);
  });

  it('gives the threads of a host that is gone to the next one', () => {
    const { budget } = budgetOf(1);
    const [a, b] = [new Seat('a'), new Seat('b')];
    budget.request(a);
    budget.request(b);
    budget.leave(a);
    expect([budget.isGranted(a), budget.isGranted(b)]).toEqual([false, true]);
  });

  it('serves the most urgent one first', () => {
    const { budget } = budgetOf(1);
    const [a, batch, stat] = [new Seat('a'), new Seat('batch', 1, 2), new Seat('stat', 1, 0)];
    budget.request(a);
    budget.request(batch);
    budget.request(stat);
    budget.release(a);
    expect([budget.isGranted(stat), budget.isGranted(batch)]).toEqual([true, false]);
  });

  it('lets nobody hand over while nobody waits', () => {
    const { budget, clock } = budgetOf(1);
    const a = new Seat('a');
    budget.request(a);
    clock.nowMs += 10_000;
    expect(budget.shouldYield(a)).toBe(false);
    expect(budget.shouldYield(new Seat('stranger'))).toBe(false);
  });

  it('asks for the threads after a turn among equals, at once for a more urgent one, never for a less urgent one', () => {
    const { budget, clock } = budgetOf(1);
    const [a, equal] = [new Seat('a'), new Seat('equal')];
    budget.request(a);
    budget.request(equal);
    expect(budget.shouldYield(a)).toBe(false);
    clock.nowMs += 1000;
    expect(budget.shouldYield(a)).toBe(true);
    equal.currentRank = 2;
    expect(budget.shouldYield(a)).toBe(false);
    clock.nowMs -= 1000;
    equal.currentRank = 0;
    expect(budget.shouldYield(a)).toBe(true);
  });

  it('counts one that has waited beyond its patience as urgent', () => {
    const { budget, clock } = budgetOf(1);
    const [stat, batch] = [new Seat('stat', 1, 0), new Seat('batch', 1, 2)];
    budget.request(stat);
    budget.request(batch);
    clock.nowMs += 1900;
    expect(budget.shouldYield(stat)).toBe(false);
    clock.nowMs += 200;
    expect(budget.shouldYield(stat)).toBe(true);
  });

  it('starts a newcomer where the least served one stands, so that it neither waits for all nor takes all', () => {
    const { budget, clock } = budgetOf(1);
    const old = [new Seat('a'), new Seat('b')];
    for (const seat of old) budget.request(seat);
    const run = (seats: readonly Seat[], ms: number) => {
      for (const end = clock.nowMs + ms; clock.nowMs < end; ) {
        clock.nowMs += 10;
        for (const seat of seats) if (budget.isGranted(seat)) seat.servedMs += 10;
        handOver(budget, seats);
      }
    };
    run(old, 60_000);
    const newcomer = new Seat('new');
    budget.request(newcomer);
    for (const seat of [...old, newcomer]) seat.servedMs = 0;
    run([...old, newcomer], 6000);
    for (const seat of [...old, newcomer]) expect(seat.servedMs).toBeGreaterThan(1500);
  });
});

describe('fairness over random machines', () => {
  it('gives hosts that are always busy the same thread time, whatever their number of threads', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed);
      const threads = 1 + Math.floor(random() * 4);
      const { budget, clock } = budgetOf(threads);
      const seats = Array.from({ length: 2 + Math.floor(random() * 5) }, (_, i) => {
        return new Seat(`${i}`, 1 + Math.floor(random() * 3));
      });
      for (const seat of seats) budget.request(seat);
      // Runs are of different lengths: a host hands over at the end of one only.
      const runMs = seats.map(() => 5 + random() * 60);
      const leftMs = [...runMs];
      for (let t = 0; t < 60_000; t += 5) {
        clock.nowMs += 5;
        seats.forEach((seat, i) => {
          if (!budget.isGranted(seat)) return;
          seat.servedMs += 5 * Math.min(seat.threads, threads);
          leftMs[i] = (leftMs[i] as number) - 5;
          if ((leftMs[i] as number) > 0) return;
          leftMs[i] = runMs[i] as number;
          handOver(budget, [seat]);
        });
      }
      const total = seats.reduce((sum, seat) => sum + Math.min(seat.threads, threads), 0);
      // Where there is enough for all, nobody is held back; else all get the same.
      if (total <= threads) {
        for (const seat of seats) expect(seat.servedMs, `seed ${seed}`).toBe(60_000 * seat.threads);
        continue;
      }
      const served = seats.map((seat) => seat.servedMs);
      expect(Math.min(...served), `seed ${seed}: ${served}`).toBeGreaterThan(0.5 * Math.max(...served));
    }
  });
});

describe('the accounts of the budget, over 200 seeds of 300 random operations', () => {
  it('never hand out more threads than there are, never forget one, and call each once for each wait', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed);
      const threads = 1 + Math.floor(random() * 4);
      const { budget, clock } = budgetOf(threads);
      const seats = Array.from({ length: 6 }, (_, i) => {
        return new Seat(`${i}`, 1 + Math.floor(random() * 5), Math.floor(random() * 3));
      });
      /** Seats that were told to wait, and were neither called nor taken back since. */
      const isWaiting = new Set<Seat>();
      const calls = new Map(seats.map((seat) => [seat, 0]));
      const noteCalls = (where: string) => {
        for (const seat of seats) {
          const called = seat.grants - (calls.get(seat) as number);
          calls.set(seat, seat.grants);
          ok(called <= 1, where);
          if (called === 1) ok(isWaiting.delete(seat), `${where}: seat ${seat.name} did not wait`);
        }
      };
      for (let step = 0; step < 300; step++) {
        const where = `seed ${seed}, step ${step}`;
        const seat = seats[Math.floor(random() * seats.length)] as Seat;
        const dice = random();
        if (dice < 0.45) {
          const wasGranted = budget.isGranted(seat);
          const isGranted = budget.request(seat);
          if (wasGranted) ok(isGranted, where);
          if (!isGranted) isWaiting.add(seat);
        } else if (dice < 0.75) {
          isWaiting.delete(seat);
          budget.release(seat);
        } else if (dice < 0.85) {
          isWaiting.delete(seat);
          budget.leave(seat);
        } else if (dice < 0.92) {
          seat.currentRank = Math.floor(random() * 3);
        } else {
          clock.nowMs += random() * 1500;
        }
        noteCalls(where);
        const granted = seats.filter((one) => budget.isGranted(one));
        const used = granted.reduce((sum, one) => sum + Math.min(one.threads, threads), 0);
        ok(used <= threads, `${where}: ${used} of ${threads} threads`);
        for (const one of isWaiting) equal(budget.isGranted(one), false, where);
        // Nothing lies idle while everybody who waits would fit in.
        const widest = Math.max(0, ...[...isWaiting].map((one) => Math.min(one.threads, threads)));
        if (isWaiting.size > 0) ok(threads - used < widest, `${where}: ${threads - used} threads lie idle`);
      }
      for (const seat of seats) budget.leave(seat);
      const all = new Seat('all', threads);
      expect(budget.request(all), `seed ${seed}: threads were lost`).toBe(true);
    }
  });
});

describe('patience', () => {
  it('gives a whole turn: one that was overdue is not asked for its threads at once by those that are urgent', () => {
    const { budget, clock } = budgetOf(1);
    const [s1, s2, batch] = [new Seat('s1', 1, 0), new Seat('s2', 1, 0), new Seat('batch', 1, 2)];
    budget.request(s1);
    budget.request(batch);
    clock.nowMs += 2100;
    budget.request(s2);
    budget.release(s1);
    expect(budget.isGranted(batch)).toBe(true);
    budget.request(s1);
    expect(budget.shouldYield(batch)).toBe(false);
    clock.nowMs += 1000;
    expect(budget.shouldYield(batch)).toBe(true);
  });

  it('is kept: a BATCH host computes within some seconds though emergencies never end', () => {
    const { budget, clock } = budgetOf(1);
    const seats = [new Seat('s1', 1, 0), new Seat('s2', 1, 0), new Seat('batch', 1, 2)];
    for (const seat of seats) budget.request(seat);
    const [, , batch] = seats as [Seat, Seat, Seat];
    let waitedMs = 0;
    let longestMs = 0;
    for (let t = 0; t < 60_000; t += 10) {
      clock.nowMs += 10;
      handOver(budget, seats);
      waitedMs = budget.isGranted(batch) ? 0 : waitedMs + 10;
      longestMs = Math.max(longestMs, waitedMs);
    }
    expect(longestMs).toBeLessThan(3000);
  });
});
