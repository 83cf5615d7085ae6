import { DeepHealthError } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { held, RunnerFixture, settle } from './testing/runner-fixture.js';
import { pairs, SessionDouble } from './testing/session-double.js';

describe('items that share runs', () => {
  it('run with all that are there, in the largest proven sizes, and get their own rows back', async () => {
    const fixture = new RunnerFixture();
    const ids = fixture.addMany(7);
    await fixture.rest();
    expect(fixture.session.sizes).toEqual([4, 2, 1]);
    expect(ids.map((id) => fixture.rows(id))).toEqual(ids.map((id) => [[id, 0]]));
    expect(ids.map((id) => fixture.batchSize(id))).toEqual([4, 4, 4, 4, 2, 2, 1]);
    expect(fixture.started).toEqual([[1, 2, 3, 4], [5, 6], [7]]);
  });

  it('wait for nobody: one that comes alone runs alone, and those that come meanwhile together', async () => {
    const fixture = held();
    fixture.addMany(1);
    await settle();
    fixture.addMany(3);
    await settle();
    expect(fixture.session.sizes).toEqual([1]);
    await fixture.endRun();
    expect(fixture.session.sizes).toEqual([1, 2]);
    await fixture.endRun();
    expect(fixture.session.sizes).toEqual([1, 2, 1]);
  });

  it('never run in a size that is not proven, whatever number comes', async () => {
    for (const servedSizes of [[1], [1, 2], [1, 4, 8], [1, 3]]) {
      for (let count = 1; count <= 20; count++) {
        const fixture = new RunnerFixture({ servedSizes });
        fixture.addMany(count);
        await fixture.rest();
        expect(fixture.session.sizes.reduce((sum, size) => sum + size, 0)).toBe(count);
        for (const size of fixture.session.sizes) expect(servedSizes).toContain(size);
      }
    }
  });

  it('are told apart by their extents and their outputs, which never mix in a run', async () => {
    const fixture = new RunnerFixture({ servedSizes: [1, 2, 4, 8] });
    const wide = Array.from({ length: 3 }, (_, i) => fixture.add([[i, i, i]]));
    const ids = fixture.addMany(2);
    const other = fixture.addMany(2, { outputs: [pairs('z')] });
    await fixture.rest();
    // Another extent is not proven: those run by themselves.
    expect(wide.map((id) => fixture.batchSize(id))).toEqual([1, 1, 1]);
    expect(wide.map((id) => fixture.rows(id)?.[0]?.length)).toEqual([3, 3, 3]);
    expect([...ids, ...other].map((id) => fixture.batchSize(id))).toEqual([2, 2, 2, 2]);
    for (const { rows, outputs } of fixture.session.runs) {
      expect(new Set(rows.map((row) => row.length)).size).toBe(1);
      expect(outputs).toHaveLength(1);
    }
  });

  it('leave an item that must be alone by itself, and nothing runs beside it', async () => {
    const fixture = held();
    fixture.addMany(1);
    await settle();
    const [alone] = fixture.addMany(1, { alone: true });
    fixture.addMany(2);
    await fixture.endRun();
    expect(fixture.started.at(-1)).toEqual([alone]);
    await fixture.endRun();
    expect(fixture.session.sizes).toEqual([1, 1, 2]);
  });

  it('leave an item that must be alone by itself also where several runs may be under way', async () => {
    const session = new SessionDouble({ isHeld: true, concurrency: 3 });
    const fixture = new RunnerFixture({ session, servedSizes: [1] });
    fixture.addMany(2);
    const [alone] = fixture.addMany(1, { alone: true });
    fixture.addMany(2);
    await settle();
    expect(fixture.started).toEqual([[1], [2]]);
    session.runs[0]?.end();
    await settle();
    expect(fixture.started).toHaveLength(2);
    session.runs[1]?.end();
    await settle();
    expect(fixture.started.slice(2)).toEqual([[alone]]);
    session.runs[2]?.end();
    await settle();
    expect(fixture.started.slice(3)).toEqual([[4], [5]]);
  });

  it('that fail together run again one by one, so that only the one at fault fails', async () => {
    const session = new SessionDouble({
      compute: (rows) => {
        if (rows.some(([value]) => value === 3)) throw new DeepHealthError('DH_MODEL_RUN_FAILED', 'Three.');
        return rows.map((row) => [...row]);
      },
    });
    const fixture = new RunnerFixture({ session });
    const ids = fixture.addMany(4);
    await fixture.rest();
    expect(ids.map((id) => fixture.errorCode(id))).toEqual([undefined, undefined, 'DH_MODEL_RUN_FAILED', undefined]);
    expect(ids.map((id) => fixture.batchSize(id))).toEqual([1, 1, undefined, 1]);
    expect(ids.map((id) => fixture.rows(id))).toEqual([[[1, 0]], [[2, 0]], undefined, [[4, 0]]]);
    expect(session.sizes).toEqual([4, 1, 1, 1, 1]);
  });

  it('whose outputs hold another number of rows than there are items run again one by one', async () => {
    const session = new SessionDouble({ compute: (rows) => (rows.length === 1 ? [[7, 7]] : [[0, 0]]) });
    const fixture = new RunnerFixture({ session });
    const ids = fixture.addMany(2);
    await fixture.rest();
    expect(ids.map((id) => fixture.rows(id))).toEqual([[[7, 7]], [[7, 7]]]);
  });

  it('are all done when their outcomes are told, and each is told once', async () => {
    const fixture = new RunnerFixture();
    const ids = fixture.addMany(30);
    await fixture.rest();
    expect(fixture.finished.flat().map(({ id }) => id)).toEqual(ids);
  });
});

describe('the order of items', () => {
  it('is by urgency, and among equals that of arrival', async () => {
    const fixture = held({ servedSizes: [1] });
    fixture.addMany(1);
    await settle();
    for (const rank of [2, 1, 0, 1, 0]) fixture.addMany(1, { rank });
    for (let i = 0; i < 6; i++) await fixture.endRun();
    expect(fixture.started.flat()).toEqual([1, 4, 6, 3, 5, 2]);
  });

  it('lets less urgent ones along in the run of an urgent one, where there is room', async () => {
    const fixture = held();
    fixture.addMany(1);
    await settle();
    fixture.addMany(3, { rank: 2 });
    fixture.addMany(1, { rank: 0 });
    await fixture.endRun();
    expect(fixture.started[1]).toEqual([5, 2, 3, 4]);
  });
});
