import { equal, ok } from 'node:assert/strict';
import { DeepHealthError } from '@deephealth/sdk';
import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { monotonicMs } from '../lifecycle/deadline-clock.js';
import { held, RunnerFixture, settle } from './testing/runner-fixture.js';
import { SessionDouble, StagingSessionDouble } from './testing/session-double.js';

describe('an item', () => {
  it('whose deadline has passed never begins', async () => {
    const fixture = held();
    fixture.addMany(1);
    await settle();
    const [late] = fixture.addMany(1, { deadlineMs: monotonicMs() - 1 }) as [number];
    const [inTime] = fixture.addMany(1, { deadlineMs: monotonicMs() + 60_000 }) as [number];
    await fixture.endRun();
    await fixture.endRun();
    expect([fixture.errorCode(late), fixture.rows(inTime)]).toEqual(['DH_DEADLINE_EXCEEDED', [[inTime, 0]]]);
    expect(fixture.started.flat()).not.toContain(late);
    expect(fixture.session.runs.flatMap(({ rows }) => rows.map(([value]) => value))).not.toContain(late);
  });

  it('that is cancelled before it begins never does, and later it is too late', async () => {
    const fixture = held();
    fixture.addMany(1);
    await settle();
    const [b, c] = fixture.addMany(2) as [number, number];
    expect([
      fixture.runner.cancel(b),
      fixture.runner.cancel(b),
      fixture.runner.cancel(1),
      fixture.runner.cancel(99),
    ]).toEqual([true, false, false, false]);
    await fixture.endRun();
    await fixture.endRun();
    expect([fixture.outcome(b), fixture.rows(1), fixture.rows(c)]).toEqual([undefined, [[1, 0]], [[c, 0]]]);
    expect(fixture.started.flat()).toEqual([1, c]);
  });

  it('of several rows runs in proven sizes, and gets all its rows in their order', async () => {
    const fixture = new RunnerFixture();
    const rows = Array.from({ length: 7 }, (_, i) => [i, 10 - i]);
    const id = fixture.add(rows);
    await fixture.rest();
    expect(fixture.session.sizes).toEqual([4, 2, 1]);
    expect(fixture.rows(id)).toEqual(rows);
    expect(fixture.batchSize(id)).toBe(4);
  });

  it('of several rows shares its runs with nobody', async () => {
    const fixture = new RunnerFixture();
    fixture.add([
      [1, 1],
      [2, 2],
    ]);
    fixture.addMany(2);
    await fixture.rest();
    expect(fixture.session.runs.map(({ rows }) => rows.map(([value]) => value))).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(fixture.started).toEqual([[1], [2, 3]]);
  });

  it('of several rows runs row by row where nothing is proven of them', async () => {
    for (const [options, rows] of [
      [
        { servedSizes: [1] },
        [
          [1, 1],
          [2, 2],
          [3, 3],
        ],
      ],
      [
        {},
        [
          [1, 1, 1],
          [2, 2, 2],
          [3, 3, 3],
        ],
      ],
    ] as const) {
      const fixture = new RunnerFixture(options);
      const id = fixture.add(rows);
      await fixture.rest();
      expect(fixture.session.sizes).toEqual([1, 1, 1]);
      expect([fixture.rows(id), fixture.batchSize(id)]).toEqual([rows, 1]);
    }
  });

  it('of several rows that must be alone runs row by row', async () => {
    const fixture = new RunnerFixture();
    fixture.add(
      [
        [1, 1],
        [2, 2],
      ],
      { alone: true },
    );
    await fixture.rest();
    expect(fixture.session.sizes).toEqual([1, 1]);
  });

  it('of several rows runs whole where the first axis is no batch', async () => {
    const fixture = new RunnerFixture({ batchAxis: false, servedSizes: [1] });
    const id = fixture.add([
      [1, 1],
      [2, 2],
    ]);
    await fixture.rest();
    expect(fixture.session.sizes).toEqual([2]);
    expect([fixture.rows(id), fixture.batchSize(id)]).toEqual([
      [
        [1, 1],
        [2, 2],
      ],
      1,
    ]);
  });

  it('of several rows of which one fails, fails as a whole', async () => {
    const session = new SessionDouble({
      compute: (rows) => {
        if (rows.some(([value]) => value === 6)) throw new DeepHealthError('DH_MODEL_RUN_FAILED', 'Six.');
        return rows.map((row) => [...row]);
      },
    });
    const fixture = new RunnerFixture({ session });
    const id = fixture.add(Array.from({ length: 7 }, (_, i) => [i, i]));
    const [after] = fixture.addMany(1) as [number];
    await fixture.rest();
    expect([fixture.errorCode(id), fixture.rows(after)]).toEqual(['DH_MODEL_RUN_FAILED', [[after, 0]]]);
  });
});

describe('a session that takes inputs ahead', () => {
  it('has the next item ready while one runs, and no more than that', async () => {
    const session = new StagingSessionDouble({ isHeld: true });
    const fixture = new RunnerFixture({ session, servedSizes: [1] });
    fixture.addMany(5);
    await settle();
    expect([session.runs.length, session.behind.map(({ value }) => value)]).toEqual([1, [2]]);
    await fixture.endRun();
    expect([session.runs.length, session.behind.map(({ value }) => value)]).toEqual([2, [3]]);
  });

  it('gives the next item back for a more urgent one', async () => {
    const session = new StagingSessionDouble({ isHeld: true });
    const fixture = new RunnerFixture({ session, servedSizes: [1] });
    const ids = fixture.addMany(3);
    await settle();
    const [urgent] = fixture.addMany(1, { rank: 0 }) as [number];
    await settle();
    for (let i = 0; i < 4; i++) await fixture.endRun();
    expect(session.runs.map(({ rows }) => rows[0]?.[0])).toEqual([1, urgent, 2, 3]);
    expect([...ids, urgent].map((id) => fixture.rows(id))).toEqual([...ids, urgent].map((id) => [[id, 0]]));
    expect(fixture.finished.flat()).toHaveLength(4);
  });

  it('gives the next item back when it is cancelled, and takes the one after it', async () => {
    const session = new StagingSessionDouble({ isHeld: true });
    const fixture = new RunnerFixture({ session, servedSizes: [1] });
    const [, b, c] = fixture.addMany(3) as [number, number, number];
    await settle();
    expect(fixture.runner.cancel(b)).toBe(true);
    await settle();
    expect(session.behind.map(({ value }) => value)).toEqual([c]);
    expect(fixture.runner.cancel(1)).toBe(false);
    await fixture.endRun();
    await fixture.endRun();
    expect([fixture.outcome(b), fixture.rows(c)]).toEqual([undefined, [[c, 0]]]);
    expect(session.dropped).toBe(1);
  });
});

describe('the runner over random items', () => {
  it('answers each with its own rows, in proven sizes, whatever it is asked, over 150 seeds', async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = seededRandom(seed);
      const servedSizes = [[1], [1, 2], [1, 2, 4, 8]][Math.floor(random() * 3)] as number[];
      const isStaging = random() < 0.4;
      const session = new (isStaging ? StagingSessionDouble : SessionDouble)({ isHeld: true });
      const fixture = new RunnerFixture({ servedSizes, session });
      const sent = new Map<number, number[][]>();
      const cancelled = new Set<number>();
      const late = new Set<number>();
      // Cancelled when they had begun: what has not run of them may be left out.
      const left = new Set<number>();
      let ended = 0;
      const endOne = () => session.runs[ended]?.end();
      for (let step = 0; step < 60; step++) {
        const dice = random();
        if (dice < 0.5) {
          const columns = random() < 0.2 ? 3 : 2;
          const count = random() < 0.2 ? 2 + Math.floor(random() * 9) : 1;
          const rows = Array.from({ length: count }, (_, r) => Array.from({ length: columns }, () => step * 100 + r));
          const isLate = random() < 0.1;
          const id = fixture.add(rows, {
            rank: Math.floor(random() * 3),
            alone: random() < 0.1,
            deadlineMs: isLate ? monotonicMs() - 1 : null,
          });
          if (isLate) late.add(id);
          sent.set(id, rows);
        } else if (dice < 0.6 && sent.size > 0) {
          const id = 1 + Math.floor(random() * sent.size);
          if (fixture.runner.cancel(id)) cancelled.add(id);
          else left.add(id);
        } else {
          if (ended < session.runs.length) {
            endOne();
            ended += 1;
          }
          await settle();
        }
        ok(session.runs.length - ended <= 1, `seed ${seed}: two runs at once`);
      }
      for (let rest = 0; rest < 2000 && ended < session.runs.length + 1; rest++) {
        await settle();
        if (ended === session.runs.length) break;
        endOne();
        ended += 1;
      }
      for (const { rows } of session.runs) {
        ok(servedSizes.includes(rows.length), `seed ${seed}: ran ${rows.length} of ${servedSizes}`);
        equal(new Set(rows.map((row) => row.length)).size, 1, `seed ${seed}: extents were mixed`);
        if (rows[0]?.length === 3) equal(rows.length, 1, `seed ${seed}: unproven extents shared a run`);
      }
      equal(new Set(fixture.finished.flat().map(({ id }) => id)).size, fixture.finished.flat().length);
      for (const [id, rows] of sent) {
        const where = `seed ${seed}, item ${id}`;
        if (cancelled.has(id)) equal(fixture.outcome(id), undefined, where);
        else if (late.has(id)) equal(fixture.errorCode(id), 'DH_DEADLINE_EXCEEDED', where);
        else if (left.has(id) && fixture.rows(id) === undefined) equal(fixture.errorCode(id), 'DH_CANCELLED', where);
        else equal(JSON.stringify(fixture.rows(id)), JSON.stringify(rows), where);
      }
    }
  });
});
