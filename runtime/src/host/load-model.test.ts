import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import {
  buildTestPackage,
  dynamicQuantizeModel,
  identityModel,
  mlpModel,
  type TestPackageOptions,
  writeTestSums,
} from '@deephealth/sdk/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoadOrder, VerificationReport } from './host-messages.js';
import { loadModel } from './load-model.js';
import type { SessionSources } from './open-session.js';
import { type Compute, SessionDouble } from './testing/session-double.js';

// Where a graph runs is decided by the time that it takes: on this clock, what the test says.
const clock = vi.hoisted(() => ({ nowUs: 0 }));
vi.mock('./monotonic-clock.js', () => ({ monotonicUs: () => clock.nowUs }));

let store: string;
beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), 'deephealth-load-'));
});
afterEach(() => rmSync(store, { recursive: true }));

const four = (name: string) => ({ name, dataType: 'FP32' as const, shape: [-1, 4] });
const row = (values: number[]) => ({ dataType: 'FP32' as const, shape: [1, 4], values });
const identity: TestPackageOptions = {
  name: 'identity',
  model: identityModel(),
  tensors: { inputs: [four('x')], outputs: [four('y')] },
  golden: [
    { id: 'first', inputs: { x: row([1, -2, 3, 0.5]) }, expected: { y: row([1, -2, 3, 0.5]) } },
    { id: 'second', inputs: { x: row([4, 5, 6, 7]) }, expected: { y: row([4, 5, 6, 7]) } },
  ],
};

interface LoadSettings {
  readonly compute?: Compute;
  /** Time of a run, in microseconds. */
  readonly costUs?: (rows: number) => number;
  readonly order?: Partial<LoadOrder>;
  readonly package?: Partial<TestPackageOptions>;
  readonly open?: () => Promise<never>;
  readonly provider?: 'cpu' | 'remote';
  /** Changes the files after they were written. */
  spoil?(folder: string): void;
}

/** Loads a package over doubles of its sessions, and tells what was opened. */
async function load(settings: LoadSettings = {}) {
  const { compute = (rows) => rows.map((values) => [...values]), costUs = (rows) => 40 + 4 * rows } = settings;
  const { folder, digest } = buildTestPackage(store, { ...identity, ...settings.package });
  settings.spoil?.(folder);
  const opened: { where: 'engine' | 'nearby'; session: SessionDouble; threads: number }[] = [];
  const open = (where: 'engine' | 'nearby') => async (_graph: unknown, threads: number) => {
    if (settings.open !== undefined) return settings.open();
    const session = new SessionDouble({
      compute: (rows) => {
        clock.nowUs += costUs(rows.length);
        return compute(rows);
      },
    });
    session.provider = settings.provider ?? 'cpu';
    opened.push({ where, session, threads });
    return session;
  };
  const sources: SessionSources = {
    openGraph: open('engine'),
    openNearby: open('nearby'),
    onBackendHealth: () => undefined,
  };
  const order: LoadOrder = { folder, intraOpThreads: 1, maxThreads: 2, maxBatchSize: 8, ...settings.order };
  const outcome = await loadModel(order, sources);
  const report = 'error' in outcome ? outcome.report : outcome.package.report;
  return { outcome, report, digest, opened, batching: 'package' in outcome ? outcome.package.batching : undefined };
}

const statuses = ({ checks }: VerificationReport) =>
  Object.fromEntries(checks.map(({ name, status }) => [name, status.replace('CHECK_STATUS_', '')]));
const message = ({ checks }: VerificationReport, name: string) => checks.find((check) => check.name === name)?.message;

describe('a sound package', () => {
  it('passes every check in order, and is described by what was verified', async () => {
    const { outcome, report, digest } = await load();
    expect(report.checks.map(({ name, status }) => [name, status])).toEqual(
      ['package', 'graph', 'session', 'golden', 'determinism', 'batching'].map((name) => [name, 'CHECK_STATUS_PASSED']),
    );
    if (!('package' in outcome)) throw new Error('it was refused');
    expect(outcome.package).toMatchObject({
      packageSha256: digest,
      engine: 'double/1',
      provider: 'cpu',
      concurrency: 1,
    });
    expect(outcome.package.onnxSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.parse(outcome.package.manifestJson)).toMatchObject({ name: 'identity' });
    expect([report.goldenCases, report.worstGoldenError]).toEqual([2, 0]);
    expect(outcome.package.batching.servedSizes).toEqual([1, 2, 4, 8]);
  });

  it('has every golden case run, the first one twice', async () => {
    const { opened } = await load({ order: { maxBatchSize: 1 } });
    const ran = opened.flatMap(({ session }) => session.runs.map(({ rows }) => rows[0]?.[0]));
    expect(ran.filter((value) => value === 4)).toHaveLength(1);
    expect(ran.filter((value) => value === 1).length).toBeGreaterThanOrEqual(2);
  });

  it('gets the threads that it asks for, and never more than there are', async () => {
    const threads = async (intraOpThreads?: number) => {
      const manifest = intraOpThreads === undefined ? {} : { manifest: { execution: { intraOpThreads } } };
      return (await load({ package: manifest })).opened[0]?.threads;
    };
    expect([await threads(), await threads(2), await threads(64)]).toEqual([1, 2, 2]);
  });
});

describe('a graph', () => {
  it('that takes less time than a message runs in the thread of the host', async () => {
    const { opened } = await load({ costUs: () => 50 });
    expect(opened.map(({ where, session }) => [where, session.isReleased])).toEqual([['nearby', false]]);
  });

  it('that takes longer runs in the thread of the engine, and is not kept twice', async () => {
    const { opened, outcome } = await load({ costUs: () => 5000 });
    expect(opened.map(({ where, session }) => [where, session.isReleased])).toEqual([
      ['nearby', true],
      ['engine', false],
    ]);
    if ('package' in outcome) expect(outcome.model.session).toBe(opened[1]?.session);
  });
});

describe('a package that is refused', () => {
  const refusalOf = async (settings: LoadSettings) => {
    const { outcome, ...rest } = await load(settings);
    if (!('error' in outcome)) throw new Error('it was not refused');
    return { ...rest, ...outcome };
  };

  it('for a changed file has opened nothing', async () => {
    const { error, report, opened } = await refusalOf({
      spoil: (folder) => writeFileSync(join(folder, 'model.onnx'), 'another file'),
    });
    expect(error.code).toBe('DH_FILE_DIGEST_MISMATCH');
    expect(statuses(report)).toEqual({
      package: 'FAILED',
      graph: 'NOT_RUN',
      session: 'NOT_RUN',
      golden: 'NOT_RUN',
      determinism: 'NOT_RUN',
      batching: 'NOT_RUN',
    });
    expect(opened).toEqual([]);
  });

  it('for a graph that is not the one declared has opened nothing, and says which package it was', async () => {
    const { error, report, opened, packageSha256, digest, title } = await refusalOf({
      package: { model: mlpModel({ features: 4, hidden: 2, classes: 4 }) },
    });
    expect([error.code, statuses(report).graph]).toEqual(['DH_MANIFEST_GRAPH_MISMATCH', 'FAILED']);
    expect([opened, packageSha256, title]).toEqual([[], digest, 'Test model']);
  });

  it('by the engine says so', async () => {
    const { error, report } = await refusalOf({
      open: () => Promise.reject(new DeepHealthError('DH_MODEL_LOAD_FAILED', 'No.')),
    });
    expect([error.code, statuses(report).session, statuses(report).golden]).toEqual([
      'DH_MODEL_LOAD_FAILED',
      'FAILED',
      'NOT_RUN',
    ]);
  });

  it('as it does not reproduce a golden case names the case, and no value', async () => {
    const { error, report } = await refusalOf({
      compute: (rows) => rows.map(([first, ...rest]) => [first === 4 ? 4.25 : (first as number), ...rest]),
    });
    expect(error).toMatchObject({ code: 'DH_GOLDEN_MISMATCH', details: { case: 'second' } });
    expect(error.message).not.toContain('4.25');
    expect([statuses(report).golden, statuses(report).determinism]).toEqual(['FAILED', 'NOT_RUN']);
  });

  it('as it has a golden case that would be refused as a request', async () => {
    const { error } = await refusalOf({
      package: { golden: [{ id: 'odd', inputs: { x: row([1, 2, 3]) }, expected: { y: row([1, 2, 3, 4]) } }] },
    });
    expect(error.code).toBe('DH_GOLDEN_MALFORMED');
  });

  it('as it gives other bits for the same input', async () => {
    let runs = 0;
    // Within the tolerance of the golden case, and still not the same.
    const compute: Compute = (rows) => rows.map((values) => values.map((v) => v * (1 + (runs++ % 3) * 2 ** -22)));
    const { error, report } = await refusalOf({ compute });
    expect([error.code, statuses(report).determinism]).toEqual(['DH_MODEL_NOT_DETERMINISTIC', 'FAILED']);
  });
});

describe('batching', () => {
  const sizesOf = (opened: readonly { session: SessionDouble }[]) => opened.flatMap(({ session }) => session.sizes);

  it.each<[string, string, LoadSettings]>([
    ['the operator turned it off', 'as configured', { order: { maxBatchSize: 1 } }],
    ['the manifest turned it off', 'as configured', { package: { manifest: { execution: { maxBatchSize: 1 } } } }],
    ['results may vary', 'results may vary', { package: { manifest: { execution: { deterministic: false } } } }],
    ['another server runs the graph', 'the other server may batch by itself', { provider: 'remote' }],
    [
      'there is no batch axis',
      'no batch axis',
      {
        package: {
          model: identityModel({ shape: [1, 4] }),
          tensors: { inputs: [{ ...four('x'), shape: [1, 4] }], outputs: [{ ...four('y'), shape: [1, 4] }] },
        },
      },
    ],
    [
      'an operator couples the items',
      'DynamicQuantizeLinear "quantize"',
      { package: { model: dynamicQuantizeModel() } },
    ],
  ])('is not even tried where %s, and says so', async (_where, why, settings) => {
    const { batching, opened, report } = await load(settings);
    expect(batching).toMatchObject({ provenSize: 1, servedSizes: [1] });
    expect(batching?.reason).toContain(why);
    expect([statuses(report).batching, message(report, 'batching')]).toEqual(['NOT_RUN', batching?.reason]);
    expect(new Set(sizesOf(opened))).toEqual(new Set([1]));
  });

  it('is refused where the probe sees a difference, and the model serves all the same', async () => {
    const compute: Compute = (rows) => rows.map((values) => values.map((v) => (rows.length > 1 ? v + 1 : v)));
    const { batching, outcome, report } = await load({ compute });
    expect('package' in outcome).toBe(true);
    expect([batching?.servedSizes, statuses(report).batching]).toEqual([[1], 'PASSED']);
  });

  it('is refused where the graph fails in company, and the model serves all the same', async () => {
    const compute: Compute = (rows) => {
      if (rows.length > 1) throw new Error('no');
      return rows.map((values) => [...values]);
    };
    const { batching, outcome, report } = await load({ compute });
    expect('package' in outcome).toBe(true);
    expect([batching?.servedSizes, statuses(report).batching]).toEqual([[1], 'FAILED']);
    expect(batching?.reason).toContain('failed in the probe');
  });

  it('is never tried beyond what manifest and server allow', async () => {
    for (const [server, manifest, most] of [
      [4, 32, 4],
      [32, 2, 2],
    ] as const) {
      const { opened } = await load({
        order: { maxBatchSize: server },
        package: { manifest: { execution: { maxBatchSize: manifest } } },
      });
      expect(Math.max(...sizesOf(opened))).toBe(most);
    }
  });

  it('that was proven for this very package is taken over, and for another one is not', async () => {
    const proven = { provenSize: 4, servedSizes: [1, 4], itemShapes: { x: [4] }, gain: 3, reason: 'Earlier.' };
    const first = await load();
    const again = await load({ order: { proven: { packageSha256: first.digest, batching: proven } } });
    expect([again.batching, statuses(again.report).batching]).toEqual([proven, 'NOT_RUN']);
    expect(new Set(sizesOf(again.opened))).toEqual(new Set([1]));
    const other = await load({
      order: { proven: { packageSha256: first.digest, batching: proven } },
      spoil: (folder) => {
        writeFileSync(join(folder, 'MODEL_CARD.md'), 'Another text.');
        writeTestSums(folder);
      },
    });
    expect([other.batching?.servedSizes, statuses(other.report).batching]).toEqual([[1, 2, 4, 8], 'PASSED']);
  });
});

describe('loading', () => {
  it('never throws: what is not there is an outcome, too', async () => {
    const { outcome } = await load({ order: { folder: join(store, 'nowhere') } });
    expect('error' in outcome && outcome.error.code).toMatch(/^DH_/);
  });
});
