import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { RunQueue } from './run-queue.js';

describe('the queue of runs', () => {
  it('gives runs of a tenant in their order, and tenants in turns', () => {
    const queue = new RunQueue(10, 10);
    for (const run of ['a1', 'a2', 'a3', 'b1', 'b2']) queue.add(run.slice(0, 1), run);
    expect(Array.from({ length: 6 }, () => queue.next()?.runId)).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', undefined]);
  });

  it('lets a run that was taken out never begin', () => {
    const queue = new RunQueue(10, 10);
    queue.add('a', 'a1');
    queue.add('a', 'a2');
    expect(queue.remove('b', 'a1')).toBe(false);
    expect(queue.remove('a', 'a1')).toBe(true);
    expect(queue.remove('a', 'a1')).toBe(false);
    expect(queue.next()?.runId).toBe('a2');
    expect(queue.next()).toBeUndefined();
  });

  it('keeps its limits, loses none, begins each once and starves nobody, whatever comes in whatever order', () => {
    const random = seededRandom(23);
    for (let round = 0; round < 30; round++) {
      const most = 1 + Math.floor(random() * 4);
      const each = 1 + Math.floor(random() * most);
      const queue = new RunQueue(most, each);
      const added: string[] = [];
      const begun: string[] = [];
      const running: { tenant: string; runId: string }[] = [];
      const active = (tenant: string) => added.filter((id) => id.startsWith(tenant)).length - ended(tenant);
      let over: string[] = [];
      const ended = (tenant: string) => over.filter((id) => id.startsWith(tenant)).length;
      const step = (may: number) => {
        if (random() < may) {
          const tenant = `t${Math.floor(random() * 4)}`;
          const runId = `${tenant}-${added.length}`;
          queue.add(tenant, runId);
          added.push(runId);
        }
        for (let next = queue.next(); next !== undefined; next = queue.next()) {
          running.push(next);
          begun.push(next.runId);
        }
        expect(running.length).toBeLessThanOrEqual(most);
        for (let tenant = 0; tenant < 4; tenant++) {
          expect(running.filter((one) => one.tenant === `t${tenant}`).length).toBeLessThanOrEqual(each);
          expect(queue.activeOf(`t${tenant}`)).toBe(active(`t${tenant}`));
        }
        expect(queue.waiting).toBe(added.length - begun.length);
        // More come than end, so that tenants have more waiting than may run.
        if (may > 0 && random() < 0.6) return;
        const [first] = running.splice(Math.floor(random() * running.length), 1);
        if (first === undefined) return;
        queue.ended(first.tenant, first.runId);
        over = [...over, first.runId];
      };
      for (let turn = 0; turn < 60; turn++) step(0.8);
      for (let turn = 0; turn < 200; turn++) step(0);
      expect([...begun].sort()).toEqual([...added].sort());
      for (let tenant = 0; tenant < 4; tenant++) {
        const own = (ids: readonly string[]) => ids.filter((id) => id.startsWith(`t${tenant}-`));
        expect(own(begun)).toEqual(own(added));
      }
    }
  });

  it('gives a tenant with one run its turn before one with a hundred has its second', () => {
    const queue = new RunQueue(1, 1);
    for (let index = 0; index < 100; index++) queue.add('cohort', `c${index}`);
    const first = queue.next();
    queue.add('study', 's');
    queue.ended('cohort', first?.runId ?? '');
    expect(queue.next()?.runId).toBe('s');
  });
});
