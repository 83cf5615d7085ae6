import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { renderPage } from '../soak/plot.mjs';
import { Tally } from '../soak/tally.mjs';
import { growthOf, judge } from '../soak/verdict.mjs';

const MIB = 2 ** 20;
const SECONDS = 1200;

/** A sample a second of a run, with noise as a collector of garbage makes it. */
function samplesOf(change: (seconds: number) => Record<string, number> = () => ({}), seed = 1) {
  const random = seededRandom(seed);
  return Array.from({ length: SECONDS }, (_, seconds) => {
    const saw = (seconds % 37) * 0.4 * MIB;
    const warming = 30 * MIB * (1 - Math.exp(-seconds / 60));
    return {
      ...{ seconds, epoch: 0, hosts: 5, threads: 20, right: seconds * 300, wrong: 0, failures: seconds },
      serverBytes: 100 * MIB + warming + saw + random() * 6 * MIB,
      heapBytes: 40 * MIB + saw + random() * 3 * MIB,
      hostBytes: 500 * MIB + random() * 30 * MIB,
      files: 60 + Math.floor(random() * 8),
      ...change(seconds),
    };
  });
}

function runOf(more: Record<string, unknown> = {}) {
  return {
    samples: samplesOf(),
    tally: new Tally(),
    ...{ accepted: [], lost: [], serverEnds: [], leftOver: [] },
    hosts: { last: 5, expected: 5 },
    filesAtRest: { first: 60, last: 61 },
    ...more,
  };
}

const failedOf = (run: ReturnType<typeof runOf>) =>
  judge(run)
    .filter(({ isPassed }: { isPassed: boolean }) => !isPassed)
    .map(({ name }: { name: string }) => name);

describe('the verdict on a soak', () => {
  it.each([1, 2, 3, 4, 5])('passes a server that warms up and then stands still, whatever its noise (%s)', (seed) => {
    expect(failedOf(runOf({ samples: samplesOf(undefined, seed) }))).toEqual([]);
  });

  it.each<[string, (seconds: number) => Record<string, number>, string]>([
    ['memory', (s) => ({ serverBytes: (130 + s * 0.03 + (s % 37) * 0.4) * MIB }), 'memory of the server'],
    ['heap', (s) => ({ heapBytes: (40 + s * 0.02 + (s % 37) * 0.4) * MIB }), 'heap of the server'],
    ['hosts', (s) => ({ hostBytes: (500 + s * 0.05) * MIB }), 'memory of all hosts'],
    ['files', (s) => ({ files: 60 + Math.floor(s / 60) }), 'open files of the server'],
  ])('finds a slow leak of %s below its noise', (_, change, name) => {
    expect(failedOf(runOf({ samples: samplesOf(change) }))).toEqual([name]);
  });

  it('is not moved by some outliers, nor by what was before the server was restarted', () => {
    const samples = samplesOf((s) => (s % 100 === 99 ? { serverBytes: 900 * MIB } : {}));
    const before = samplesOf((s) => ({ serverBytes: s * MIB })).slice(0, 200);
    // While it starts, a server has little, and samples are close.
    const starting = Array.from({ length: 900 }, (_, n) => ({
      ...(samples[200] as object),
      serverBytes: n * 1000,
      isStarting: true,
    }));
    const after = [...starting, ...samples.slice(200)].map((sample) => ({ ...sample, epoch: 1 }));
    expect(failedOf(runOf({ samples: [...before, ...after] }))).toEqual([]);
  });

  it('says how much a straight line grows', () => {
    const { growth, atLeast } = growthOf(Array.from({ length: 240 }, (_, x) => [x, 3 * x]));
    expect(growth).toBeCloseTo(3 * 230, -1);
    expect(atLeast).toBeCloseTo(3 * 230, -1);
  });

  it.each<[string, Record<string, unknown>]>([
    ['bad requests that were answered', { accepted: ['not a number'] }],
    ['acknowledged requests that the server did not count', { lost: ['mlp: 1 of 2'] }],
    ['acknowledged requests without an audit record, and faults of its chain', { audit: ['1 of 2'] }],
    ['ends of the server that nobody asked for', { serverEnds: ['SIGSEGV'] }],
    ['processes left behind', { leftOver: [17] }],
    ['hosts at the end', { hosts: { last: 6, expected: 5 } }],
    ['open files at rest', { filesAtRest: { first: 60, last: 80 } }],
    ['what a soak has to do and did not', { notDone: ['swaps'] }],
  ])('fails for %s', (name, more) => {
    expect(failedOf(runOf(more))).toEqual([name]);
  });

  it('fails for a wrong answer, a failure that nothing explains, and a request without an end', () => {
    const tally = new Tally();
    for (let count = 0; count < 4; count++) tally.begin();
    tally.ok('mlp');
    tally.isWrong('mlp', 'mlp gave 1, not 2');
    tally.failed('unary', { code: 'DH_INTERNAL', message: 'oops' });
    const reasons = ['wrong answers', 'failures that nothing explains', 'requests without an end'];
    expect(failedOf(runOf({ tally }))).toEqual(reasons);
    tally.failed('unary', { code: 'DH_MODEL_HOST_LOST', retryable: true });
    expect(failedOf(runOf({ tally }))).toEqual(reasons.slice(0, 2));
  });

  it('is drawn on a page that asks for nothing from outside', () => {
    const run = runOf();
    const checks = judge(run);
    const page = renderPage({
      ...{ samples: run.samples, checks, isPassed: true, warmS: 400, summary: 'a <run>' },
      marks: [{ seconds: 30, what: 'swap' }],
    });
    expect(page).toContain('a &lt;run&gt;');
    expect(page.match(/<polyline/g)?.length).toBe(9);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|src=|NaN|undefined/);
  });
});
