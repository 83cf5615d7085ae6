import {
  findBatchCoupling,
  type PackagedGraph,
  type RawTensor,
  readOnnxGraph,
  type TensorSpec,
  tensorFromValues,
} from '@deephealth/sdk';
import { dynamicQuantizeModel, mlpModel, seededValues } from '@deephealth/sdk/testing';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { joinRows } from './batch-rows.js';
import type { ModelSession } from './model-session.js';
import { openNearby } from './nearby-session.js';
import { findDifference, hasBatchAxis, proveBatching } from './prove-batching.js';
import { type Compute, pairs, rowsOf, SessionDouble, tensorOf } from './testing/session-double.js';

// The gain of company is measured: on this clock a run takes just as long as the test says.
const clock = vi.hoisted(() => ({ nowUs: 0, isReal: false }));
vi.mock('./monotonic-clock.js', () => ({
  monotonicUs: () => (clock.isReal ? Math.round(performance.now() * 1000) : clock.nowUs),
}));
beforeEach(() => {
  clock.isReal = false;
});

const golden = [tensorOf([[1, -2]]), tensorOf([[0.5, 3]]), tensorOf([[-0.25, 0.125]])].map((x) => ({ x }));
const tensors = { inputs: [pairs('x')], outputs: [pairs('y')] };

interface ProbeSettings {
  readonly compute?: Compute;
  readonly costUs?: (rows: number) => number;
  readonly maxSize?: number;
  readonly budgetMs?: number;
  readonly inputs?: readonly TensorSpec[];
}

/** Proves a session that computes so, and takes so long for so many rows. */
async function probe(settings: ProbeSettings = {}) {
  const {
    compute = (rows) => rows.map(([a, b]) => [(a as number) * 2, b as number]),
    costUs = (rows) => 100 + 10 * rows,
    maxSize = 32,
    budgetMs = 3000,
    inputs = tensors.inputs,
  } = settings;
  const session = new SessionDouble({
    compute: (rows) => {
      clock.nowUs += costUs(rows.length);
      return compute(rows);
    },
  });
  const startUs = clock.nowUs;
  const proof = await proveBatching({
    session,
    tensors: { inputs, outputs: tensors.outputs },
    golden,
    maxSize,
    budgetMs,
  });
  return { proof, session, tookMs: (clock.nowUs - startUs) / 1000 };
}

describe('a batch axis', () => {
  it('is there where every input and output leaves its first extent open', () => {
    const fixed: TensorSpec = { name: 'f', dataType: 'FP32', shape: [1, 2] };
    const scalar: TensorSpec = { name: 's', dataType: 'FP32', shape: [] };
    expect(hasBatchAxis({ inputs: [pairs('a'), pairs('b')], outputs: [pairs('y')] })).toBe(true);
    for (const other of [fixed, scalar]) {
      expect(hasBatchAxis({ inputs: [pairs('a'), other], outputs: [pairs('y')] })).toBe(false);
      expect(hasBatchAxis({ inputs: [pairs('a')], outputs: [pairs('y'), other] })).toBe(false);
    }
  });
});

describe('a session that sums in another order in company', () => {
  const sums: Compute = (rows) =>
    rows.map((row) => {
      const values = rows.length > 1 ? [...row].reverse() : row;
      const sum = values.reduce((total, value) => Math.fround(total + value), 0);
      return [sum, row.length];
    });

  it('is found out though the golden case is blank: its multiples are summed exactly, noise is not', async () => {
    const width = 64;
    const wide: TensorSpec = { name: 'x', dataType: 'FP32', shape: [-1, width] };
    const blank = { x: tensorOf([new Array<number>(width).fill(0.25)]) };
    const session = new SessionDouble({ compute: sums });
    const options = { session, tensors: { inputs: [wide], outputs: [pairs('y')] }, golden: [blank], budgetMs: 3000 };
    const { provenSize, reason } = await proveBatching({ ...options, maxSize: 8 });
    expect(provenSize).toBe(1);
    expect(reason).toMatch(/^Every item runs alone: in a run of 2, output "y" of item \d was not what it is alone\.$/);
  });
});

describe('a session whose items are independent', () => {
  it('is proven up to the limit, and serves every size that was compared', async () => {
    const { proof } = await probe();
    expect(proof).toMatchObject({ provenSize: 32, servedSizes: [1, 2, 4, 8, 16, 32], itemShapes: { x: [2] } });
    expect(proof.gain).toBeCloseTo((32 * 110) / 420, 5);
    expect(proof.reason).toBe('Up to 32 items share a run: the same bits as alone, 8.4 times as fast.');
  });

  it('is never run in more than the limit, and sizes between are not proven', async () => {
    for (const maxSize of [2, 5, 12]) {
      const { proof, session } = await probe({ maxSize });
      expect(Math.max(...session.sizes)).toBeLessThanOrEqual(maxSize);
      for (const size of proof.servedSizes) expect([1, ...session.sizes]).toContain(size);
      expect(proof.servedSizes).not.toContain(5);
    }
  });

  it('is compared at every place, beside itself, beside other items and beside strangers of another scale', async () => {
    const { session } = await probe({ maxSize: 8 });
    const shared = session.runs
      .filter(({ rows }) => rows.length === 8)
      .map(({ rows }) => rows.map(([a]) => a as number));
    const scales = new Set(shared.flat());
    // The first golden case, 0, 0.001, -1 and 37 times itself.
    for (const factor of [1, 0, 0.001, -1, 37]) expect(scales).toContain(Math.fround(factor) + 0);
    expect(shared.some((row) => new Set(row).size === 1)).toBe(true);
    for (const place of [0, 3, 7]) expect(new Set(shared.map((row) => row[place])).size).toBeGreaterThan(1);
  });

  it('keeps strangers in the range that the manifest declares', async () => {
    const inputs: TensorSpec[] = [{ ...pairs('x'), range: [-2, 3] }];
    const { session } = await probe({ inputs });
    for (const value of session.runs.flatMap(({ rows }) => rows.flat())) {
      expect(value).toBeGreaterThanOrEqual(-2);
      expect(value).toBeLessThanOrEqual(3);
    }
  });
});

describe('a session whose items depend on their company', () => {
  const perRow: Compute = (rows) => rows.map((row) => [...row]);
  const highest = (rows: readonly (readonly number[])[]) => Math.max(...rows.flat().map(Math.abs));

  it.each<[string, Compute]>([
    [
      'a scale of the whole run',
      (rows) => rows.map((row) => row.map((v) => Math.round((v / highest(rows)) * 127) * highest(rows))),
    ],
    [
      'the item before it',
      (rows) => rows.map((row, i) => [row[0] as number, (row[1] as number) + 1e-6 * (rows[i - 1]?.[0] ?? 0)]),
    ],
    ['its place', (rows) => rows.map((row, place) => [row[0] as number, (row[1] as number) + place])],
    ['the size of the run', (rows) => rows.map((row) => [row[0] as number, (row[1] as number) / rows.length])],
    ['the order of the run', (rows) => [...rows].reverse().map((row) => [...row])],
  ])('as by %s, is refused, and says where it was seen', async (_by, compute) => {
    const { proof } = await probe({ compute });
    expect(proof).toMatchObject({ provenSize: 1, servedSizes: [1], gain: 1 });
    expect(proof.reason).toMatch(
      /^Every item runs alone: in a run of 2, output "y" of item [12] was not what it is alone\.$/,
    );
  });

  it('is refused for the smallest difference that there is: one bit, also that of the sign of 0', async () => {
    const lastBit = (value: number) => {
      const bits = new Uint32Array(new Float32Array([value]).buffer);
      bits[0] = (bits[0] as number) ^ 1;
      return new Float32Array(bits.buffer)[0] as number;
    };
    // At size 4, the stranger of zeros has come to stand beside others.
    for (const [odd, size] of [
      [lastBit, 2],
      [(value: number) => (value === 0 ? -0 : value), 4],
    ] as const) {
      const compute: Compute = (rows) =>
        rows.length === 1 ? perRow(rows) : rows.map((row, place) => (place > 0 ? row.map(odd) : [...row]));
      expect((await probe({ compute })).proof.provenSize).toBeLessThan(size);
    }
  });

  it('only in large runs, is proven for the smaller ones', async () => {
    const compute: Compute = (rows) => rows.map((row) => (rows.length < 8 ? [...row] : row.map((v) => v + 1)));
    const { proof } = await probe({ compute });
    expect(proof).toMatchObject({ provenSize: 4, servedSizes: [1, 2, 4] });
    expect(proof.reason).toContain('in a run of 8, output "y" of item 1 was not what it is alone');
  });

  it('is refused where an output does not hold one row for each', async () => {
    const { proof } = await probe({ compute: (rows) => [rows[0] as number[]].map((row) => [...row]) });
    expect(proof.servedSizes).toEqual([1]);
  });

  it('which fails in company throws, and is proven in nothing', async () => {
    const compute: Compute = (rows) => {
      if (rows.length > 2) throw new Error('no');
      return perRow(rows);
    };
    await expect(probe({ compute })).rejects.toThrow('no');
  });
});

describe('company that does not pay', () => {
  it('is refused where a run of several takes as long as one after the other', async () => {
    const { proof } = await probe({ costUs: (rows) => 100 * rows });
    expect(proof).toMatchObject({ provenSize: 32, servedSizes: [1], gain: 1 });
    expect(proof.reason).toContain('give the same bits, but are not faster (1.00 times)');
  });

  it('is refused where a run alone is long already, and one in company twice as long', async () => {
    const { proof, session } = await probe({ costUs: (rows) => 100_000 * rows, budgetMs: 10_000 });
    expect(proof.servedSizes).toEqual([1]);
    expect(proof.reason).toContain('a run of 2 takes 200 ms, for which an emergency would have to wait');
    expect(Math.max(...session.sizes)).toBe(2);
  });

  it('is accepted where a long run costs hardly anything more with two items in it', async () => {
    const { proof } = await probe({ costUs: (rows) => 100_000 + 1000 * rows, budgetMs: 60_000, maxSize: 4 });
    expect(proof.servedSizes).toEqual([1, 2, 4]);
  });

  it('is used up to the size that gains the most', async () => {
    const { proof } = await probe({ costUs: (rows) => (rows <= 4 ? 100 : 100 * rows) });
    expect(proof.servedSizes).toEqual([1, 2, 4]);
    expect(proof.gain).toBeCloseTo(4, 5);
  });

  it('never makes a run longer than 20 ms', async () => {
    const { proof } = await probe({ costUs: (rows) => 1000 + 1000 * rows });
    for (const size of proof.servedSizes) expect(1000 + 1000 * size).toBeLessThanOrEqual(20_000);
    expect(proof.servedSizes.length).toBeGreaterThan(1);
  });
});

describe('the time of the probe', () => {
  it('is kept, and what it did not try is not proven', async () => {
    const { proof, session, tookMs } = await probe({ costUs: (rows) => 1000 + rows * 500, budgetMs: 100 });
    expect(tookMs).toBeLessThan(200);
    expect(proof.provenSize).toBeLessThan(32);
    expect(Math.max(...session.sizes)).toBe(proof.provenSize);
    expect(proof.reason).toContain('larger runs were not tried, as the probe has 100 ms');
  });

  it('that is over before the first comparison proves nothing', async () => {
    const { proof } = await probe({ costUs: () => 50_000, budgetMs: 10 });
    expect(proof).toMatchObject({ provenSize: 1, servedSizes: [1] });
    expect(proof.reason).toContain('no larger run was proven');
  });
});

describe('golden cases', () => {
  it('of several rows are probed row by row, and those of other extents are left out', async () => {
    const session = new SessionDouble();
    const proof = await proveBatching({
      session,
      tensors,
      golden: [
        {
          x: tensorOf([
            [1, 2],
            [3, 4],
          ]),
        },
        { x: tensorOf([[1, 2, 3]]) },
      ],
      maxSize: 2,
      budgetMs: 3000,
    });
    expect(proof.provenSize).toBe(2);
    for (const { rows } of session.runs) for (const row of rows) expect(row).toHaveLength(2);
    expect(session.runs.filter(({ rows }) => rows.length === 1).map(({ rows }) => rows[0])).toContainEqual([3, 4]);
  });
});

describe('the engine itself', () => {
  beforeAll(() => {
    process.env.ORT_DISABLE_TELEMETRY = '1';
  });
  beforeEach(() => {
    clock.isReal = true;
  });

  const open = (onnx: Uint8Array): Promise<ModelSession> =>
    openNearby({ file: 'model.onnx', onnx, externalData: [] } as unknown as PackagedGraph, 1);
  const four = (name: string): TensorSpec => ({ name, dataType: 'FP32', shape: [-1, 4] });
  const bits = (tensor: RawTensor | undefined) => Buffer.from(tensor?.data ?? []).toString('hex');

  it('gives an item other values beside a stranger if the graph quantises the run with one scale: both guards refuse it', async () => {
    const onnx = dynamicQuantizeModel();
    const spec = { inputs: [four('x')], outputs: [four('y')] };
    const item = { x: tensorFromValues('FP32', [1, 4], [0.5, -0.25, 0.75, 0.125]) };
    const stranger = { x: tensorFromValues('FP32', [1, 4], [80, -20, 40, 10]) };
    const session = await open(onnx);

    // What a runtime that batches without proof would answer: 0 instead of 0.1254902, for who came beside it.
    const alone = (await session.run(item, spec.outputs)).tensors.get('y') as RawTensor;
    const together = (await session.run(joinRows([item, stranger]), spec.outputs)).tensors.get('y') as RawTensor;
    expect(rowsOf(alone)[0]).toEqual([0.49803924560546875, -0.250980406999588, 0.7490196228027344, 0.125490203499794]);
    expect(rowsOf(together)[0]).toEqual([0.3921568691730499, -0.3921568691730499, 0.7843137383460999, 0]);
    expect(bits(alone)).toBe('00fffe3e818080bec0bf3f3f8180003e');
    expect(bits(together).slice(0, 32)).toBe('c9c8c83ec9c8c8bec9c8483f00000000');

    // The scan of the graph, which needs no run.
    const [coupling] = findBatchCoupling(readOnnxGraph(onnx));
    expect([coupling?.opType, coupling?.subject]).toEqual(['DynamicQuantizeLinear', 'quantize']);
    // The probe, which knows nothing of the graph; it has seen this one item only, and makes its strangers.
    const proof = await proveBatching({ session, tensors: spec, golden: [item], maxSize: 32, budgetMs: 3000 });
    expect(proof).toMatchObject({ provenSize: 1, servedSizes: [1] });
    expect(proof.reason).toMatch(/in a run of 2, output "y" of item [12] was not what it is alone/);
    await session.release();
  });

  it('gives an item of a small perceptron the same bits in company, which is proven', async () => {
    const onnx = mlpModel({ features: 16, hidden: 32, classes: 3 });
    const session = await open(onnx);
    const spec = {
      inputs: [{ name: 'features', dataType: 'FP32' as const, shape: [-1, 16] }],
      outputs: [{ name: 'probabilities', dataType: 'FP32' as const, shape: [-1, 3] }],
    };
    const cases = [1, 2, 3].map((seed) => ({ features: tensorFromValues('FP32', [1, 16], seededValues(16, seed)) }));
    const proof = await proveBatching({ session, tensors: spec, golden: cases, maxSize: 8, budgetMs: 3000 });
    expect(proof.provenSize).toBeGreaterThan(1);
    const reference = await Promise.all(cases.map(async (feeds) => (await session.run(feeds, spec.outputs)).tensors));
    for (const size of proof.servedSizes.filter((served) => served > 1)) {
      expect(await findDifference(session, spec.outputs, cases, reference, size)).toBeUndefined();
    }
    expect(findBatchCoupling(readOnnxGraph(onnx))).toEqual([]);
    await session.release();
  });
});
