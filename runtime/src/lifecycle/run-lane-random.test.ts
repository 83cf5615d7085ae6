import { equal, ok } from 'node:assert/strict';
import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { RunBudget } from './run-budget.js';
import type { HostDouble } from './testing/host-double.js';
import { type Asked, LaneFixture, turn } from './testing/lane-fixture.js';

const LIMIT = 12;
const SIZES = [1, 2, 4];

/** One lane under random callers and random hosts, which keep to what a real host does. */
async function live(seed: number, steps: number): Promise<Record<string, number>> {
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const fixture = new LaneFixture({ limits: { maxQueueLength: LIMIT }, budget: new RunBudget(2) });
  const asked: Asked[] = [];
  const cancelled = new Set<string>();
  /** Hosts that take requests, with what each of them runs. */
  const hosts = new Map<HostDouble, string[]>();
  const retired = new Map<HostDouble, string[]>();
  const addHost = () => hosts.set(fixture.addHost({ servedSizes: SIZES }), []);
  const die = (host: HostDouble) => {
    hosts.delete(host);
    retired.delete(host);
    host.die();
  };
  const endRun = (host: HostDouble, running: string[]) => host.answer(...running.splice(0));
  const step = (host: HostDouble, running: string[]) => {
    if (running.length > 0) return endRun(host, running);
    // A host answers for what its caller gave up before it began.
    for (const item of host.held.filter(({ id }) => host.cancelled.includes(id))) {
      host.fail(item.outputs[0] as string, { code: 'DH_CANCELLED' });
    }
    const waiting = host.held.sort((a, b) => a.rank - b.rank || a.id - b.id);
    const [first] = waiting;
    if (first === undefined) return;
    const alike = first.alone ? [first] : waiting.filter(({ alone }) => !alone);
    const size = SIZES.findLast((candidate) => candidate <= alike.length) as number;
    running.push(...alike.slice(0, size).map(({ outputs }) => outputs[0] as string));
    host.start(...running);
  };

  addHost();
  for (let i = 0; i < steps; i++) {
    const where = `seed ${seed}, step ${i}`;
    const dice = random();
    const open = asked.filter(({ outcome }) => outcome === undefined);
    if (dice < 0.4) {
      const priority = pick(['STAT', 'ROUTINE', 'ROUTINE', 'BATCH'] as const);
      for (let n = Math.ceil(random() * 4); n > 0; n--)
        asked.push(fixture.ask(`${seed}/${asked.length}`, { priority }));
    } else if (dice < 0.5 && open.length > 0) {
      const left = pick(open);
      cancelled.add(left.mark);
      left.cancel();
    } else if (dice < 0.9 && hosts.size + retired.size > 0) {
      const [host, running] = pick([...hosts, ...retired]);
      step(host, running);
    } else if (dice < 0.93 && hosts.size > 0) {
      die(pick([...hosts.keys()]));
    } else if (dice < 0.96 && hosts.size > 0) {
      const [host, running] = pick([...hosts]);
      hosts.delete(host);
      fixture.lane.retire(host.process);
      if (!host.isClosed) retired.set(host, running);
    } else if (hosts.size < 3) {
      addHost();
    }
    await turn();
    for (const host of retired.keys()) {
      if (host.held.length === 0) ok(host.isClosed, `${where}: a retired host is left over`);
      if (host.isClosed) retired.delete(host);
    }
    const { running, queueLength } = fixture.lane;
    const begun = [...hosts.values(), ...retired.values()].reduce((sum, marks) => sum + marks.length, 0);
    equal(running, begun, `${where}: running`);
    ok(queueLength >= 0, `${where}: ${queueLength} wait`);
    // No item is with two hosts, and none with a host that its answer has left.
    const held = [...hosts.keys(), ...retired.keys()].flatMap((host) => host.marks);
    equal(new Set(held).size, held.length, `${where}: an item is with two hosts`);
  }

  // Everybody gets an answer once there is a host that works.
  for (const host of [...hosts.keys()]) die(host);
  addHost();
  for (let rounds = 0; !fixture.lane.isIdle; rounds++) {
    ok(rounds < 1000, `seed ${seed}: the lane never comes to rest`);
    for (const [host, running] of [...hosts, ...retired]) step(host, running);
    await turn();
  }
  await Promise.all(asked.map(({ settled }) => settled));

  const counts: Record<string, number> = {};
  for (const { mark, outcome } of asked) {
    const what = outcome === mark ? 'OK' : (outcome as string);
    ok(what === 'OK' || what.startsWith('DH_'), `seed ${seed}: "${mark}" got the result of "${what}"`);
    if (what === 'DH_CANCELLED') ok(cancelled.has(mark), `seed ${seed}: "${mark}" was cancelled by nobody`);
    counts[what] = (counts[what] ?? 0) + 1;
  }
  equal(fixture.lane.running + fixture.lane.queueLength, 0, `seed ${seed}: something is left`);
  equal(fixture.finished.length, fixture.queued.length, `seed ${seed}: observed`);
  equal(fixture.answers.length, asked.length, `seed ${seed}: answered`);
  return counts;
}

describe('a lane under random callers and hosts', () => {
  it('answers each request once, with its own result or a reason that is allowed, and loses none', async () => {
    const total: Record<string, number> = {};
    for (let seed = 1; seed <= 60; seed++) {
      for (const [what, count] of Object.entries(await live(seed, 120))) total[what] = (total[what] ?? 0) + count;
    }
    // The test would prove little if these had not come up; no other outcome may.
    const expected = ['DH_CANCELLED', 'DH_MODEL_HOST_LOST', 'DH_QUEUE_FULL', 'OK'];
    expect(Object.keys(total).sort()).toEqual(expected);
    for (const what of expected) expect(total[what], what).toBeGreaterThan(50);
  });
});
