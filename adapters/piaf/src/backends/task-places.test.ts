import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { TaskPlaces } from './task-places.js';

const never = new AbortController().signal;
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('places for tasks', () => {
  it('go to runs in turns: one study does not wait behind a cohort', async () => {
    const places = new TaskPlaces(1);
    const [cohort, study] = [{}, {}];
    const begun: string[] = [];
    const first = await places.take(cohort, 1, never);
    const wait = (run: object, name: string) =>
      places.take(run, 1, never).then((release) => {
        begun.push(name);
        release?.();
      });
    const all = [...Array.from({ length: 5 }, (_, index) => wait(cohort, `cohort ${index}`)), wait(study, 'study')];
    first?.();
    await Promise.all(all);
    expect(begun).toEqual(['cohort 0', 'study', 'cohort 1', 'cohort 2', 'cohort 3', 'cohort 4']);
  });

  it('are not waited for by those that are cancelled, and go to others', async () => {
    const places = new TaskPlaces(1);
    const hold = await places.take({}, 1, never);
    const controller = new AbortController();
    const run = {};
    const cancelled = [places.take(run, 1, controller.signal), places.take(run, 1, controller.signal)];
    const other = places.take({}, 1, never);
    controller.abort();
    expect(await Promise.all(cancelled)).toEqual([undefined, undefined]);
    hold?.();
    expect(await other).toBeTypeOf('function');
    expect(await places.take(run, 1, controller.signal)).toBeUndefined();
  });

  it('are never more than there are, and none is lost, whatever the sizes, the order and the cancellations', async () => {
    const random = seededRandom(5);
    const capacity = 4;
    const places = new TaskPlaces(capacity);
    let used = 0;
    let done = 0;
    const task = async (run: object) => {
      const size = 1 + Math.floor(random() * 6);
      const controller = new AbortController();
      if (random() < 0.3) setImmediate(() => controller.abort());
      const release = await places.take(run, size, controller.signal);
      done++;
      if (release === undefined) return;
      used += Math.min(size, capacity);
      expect(used).toBeLessThanOrEqual(capacity);
      await settle();
      used -= Math.min(size, capacity);
      release();
      // Given back twice, it is given back once.
      release();
    };
    const runs = [{}, {}, {}];
    await Promise.all(Array.from({ length: 300 }, (_, index) => task(runs[index % 3] as object)));
    expect(done).toBe(300);
    expect(await places.take({}, capacity, never)).toBeTypeOf('function');
  });

  it('go to a large task before smaller ones behind it', async () => {
    const places = new TaskPlaces(2);
    const hold = await places.take({}, 1, never);
    const begun: string[] = [];
    const large = places.take({}, 2, never).then((release) => {
      begun.push('large');
      release?.();
    });
    const small = places.take({}, 1, never).then(() => begun.push('small'));
    await settle();
    expect(begun).toEqual([]);
    hold?.();
    await Promise.all([large, small]);
    expect(begun).toEqual(['large', 'small']);
  });
});
