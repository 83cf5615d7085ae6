import { type Manifest, type RawTensor, type TensorSpec, toBytes, toTypedArray } from '@deephealth/sdk';
import { joinRows, splitRows, takeRows } from './batch-rows.js';
import { alone, type BatchingProof } from './batching-proof.js';
import type { ModelSession } from './model-session.js';
import { monotonicUs } from './monotonic-clock.js';

type Feeds = Readonly<Record<string, RawTensor>>;

export interface ProbeOptions {
  readonly session: ModelSession;
  readonly tensors: Manifest['tensors'];
  /** Prepared inputs of the golden cases. */
  readonly golden: readonly Feeds[];
  /** Largest size to be proven. */
  readonly maxSize: number;
  /** Time for the probe; sizes that would take longer stay unproven. */
  readonly budgetMs: number;
}

/** Where a run of several items gave an item other bits than a run of its own. */
export interface BatchDifference {
  readonly size: number;
  readonly position: number;
  readonly output: string;
}

// A gain below this is within the noise of a short measurement, and not worth a shared run.
const LEAST_GAIN = 1.2;
// An emergency waits for the run before it: company must not make that much longer.
const LONGEST_SHARED_RUN_US = 20_000;
const TIMED_RUNS = 3;

/** True if the first axis of every input and output may vary, so that it can be the batch. */
export function hasBatchAxis({ inputs, outputs }: Manifest['tensors']): boolean {
  return [...inputs, ...outputs].every(({ shape }) => shape[0] === -1);
}

/**
 * Runs the same items alone and in company, in several sizes, positions and companies, and compares
 * every output bit for bit; then measures whether company is faster at all. What was not compared
 * is not proven. Golden cases that differ in other extents than the first are proven one by one.
 */
export async function proveBatching(options: ProbeOptions): Promise<BatchingProof> {
  const { session, tensors, maxSize, budgetMs } = options;
  const items = probeItems(options.golden, tensors.inputs);
  const reference = await Promise.all(items.map((item) => runAlone(session, tensors.outputs, item)));
  const singleUs = await measure(session, tensors.outputs, items[0] as Feeds);
  const deadline = monotonicUs() + budgetMs * 1000;
  const gains = new Map([[1, 1]]);
  let provenSize = 1;
  let why = '';
  for (let size = 2; size <= maxSize; size *= 2) {
    // Each arrangement costs about a run of so many items.
    if (monotonicUs() + size * singleUs * (ARRANGEMENTS + TIMED_RUNS) > deadline) {
      why = `; larger runs were not tried, as the probe has ${budgetMs} ms`;
      break;
    }
    const difference = await findDifference(session, tensors.outputs, items, reference, size);
    if (difference !== undefined) {
      const said = describeDifference(difference);
      if (provenSize === 1) return alone(`Every item runs alone: ${said}.`);
      why = `; ${said}`;
      break;
    }
    provenSize = size;
    const batch = joinRows(Array.from({ length: size }, (_, i) => items[i % items.length] as Feeds));
    const runUs = await measure(session, tensors.outputs, batch);
    if (runUs > Math.max(LONGEST_SHARED_RUN_US, LEAST_GAIN * singleUs)) {
      why = `; a run of ${size} takes ${Math.round(runUs / 1000)} ms, for which an emergency would have to wait`;
      break;
    }
    gains.set(size, (size * singleUs) / runUs);
  }
  return decide(gains, provenSize, why, itemShapes(items[0] as Feeds));
}

function decide(
  gains: ReadonlyMap<number, number>,
  provenSize: number,
  why: string,
  itemShapes: BatchingProof['itemShapes'],
): BatchingProof {
  const [bestSize, gain] = [...gains].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
  if (provenSize === 1) return alone(`Every item runs alone: no larger run was proven${why}.`);
  if (gain < LEAST_GAIN) {
    const reached = Math.max(...[...gains].filter(([size]) => size > 1 || gains.size === 1).map(([, value]) => value));
    return alone(
      `Every item runs alone: runs of up to ${provenSize} items give the same bits, but are not faster (${reached.toFixed(2)} times)${why}.`,
      provenSize,
    );
  }
  return {
    provenSize,
    servedSizes: [...gains.keys()].filter((size) => size <= bestSize),
    itemShapes,
    gain,
    reason: `Up to ${bestSize} items share a run: the same bits as alone, ${gain.toFixed(1)} times as fast${why}.`,
  };
}

function itemShapes(item: Feeds): Record<string, readonly number[]> {
  return Object.fromEntries(Object.entries(item).map(([name, { shape }]) => [name, shape.slice(1)]));
}

/** The first item that got other bits in company, if any. */
export async function findDifference(
  session: ModelSession,
  outputs: readonly TensorSpec[],
  items: readonly Feeds[],
  reference: readonly ReadonlyMap<string, RawTensor>[],
  size: number,
): Promise<BatchDifference | undefined> {
  for (const arrangement of arrangements(items.length, size)) {
    const { tensors } = await session.run(joinRows(arrangement.map((index) => items[index] as Feeds)), outputs);
    for (const { name } of outputs) {
      // An output without a row an item cannot be shared out.
      if (tensors.get(name)?.shape[0] !== size) return { size, position: 0, output: name };
    }
    const rows = splitRows(tensors, outputs, size);
    for (const [position, index] of arrangement.entries()) {
      for (const { name } of outputs) {
        const got = rows[position]?.get(name) as RawTensor;
        const expected = reference[index]?.get(name) as RawTensor;
        if (Buffer.compare(got.data, expected.data) !== 0) return { size, position, output: name };
      }
    }
  }
  return undefined;
}

const ARRANGEMENTS = 4;

/** Which item stands at which place: one item everywhere, all in turn, in reverse, and interleaved. */
function arrangements(items: number, size: number): number[][] {
  const places = Array.from({ length: size }, (_, place) => place);
  return [
    places.map(() => 0),
    places.map((place) => place % items),
    places.map((place) => items - 1 - (place % items)),
    places.map((place) => (place * 3 + size) % items),
  ];
}

function describeDifference({ size, position, output }: BatchDifference): string {
  return `in a run of ${size}, output "${output}" of item ${position + 1} was not what it is alone`;
}

/**
 * Items to compare: the rows of the golden cases, and strangers made from them. A scale that is
 * taken from the whole run only shows beside an item of another scale; sums that are taken in another
 * order only show in rows whose values are rounded, which those of a blank image, multiplied, are not.
 */
function probeItems(golden: readonly Feeds[], specs: readonly TensorSpec[]): Feeds[] {
  const rows = golden.flatMap((feeds) => {
    const count = Object.values(feeds)[0]?.shape[0] ?? 1;
    return Array.from({ length: Math.min(count, 4) }, (_, row) => takeRows(feeds, row, row + 1));
  });
  const [first] = rows as [Feeds, ...Feeds[]];
  const sameShape = (feeds: Feeds) =>
    Object.entries(first).every(([name, { shape }]) => String(feeds[name]?.shape) === String(shape));
  const alike = rows.filter(sameShape).slice(0, 8);
  const strangers = [0, 0.001, -1, 37].map((factor) => scaled(first, factor, specs));
  const noise = NOISE_SEEDS.map((seed) => noisy(first, seed, specs));
  return [...alike, ...strangers, ...noise];
}

const NOISE_SEEDS = [1, 2, 3];

/** Values without a pattern, over the declared range or, where it is open, over that of the golden row. */
function noisy(feeds: Feeds, seed: number, specs: readonly TensorSpec[]): Feeds {
  let state = seed;
  // An LCG (Numerical Recipes): the same values at each load, and no need of more than to look irregular.
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return replaced(feeds, specs, (values, [low, high]) => {
    const least = Number.isFinite(low) ? low : values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const most = Number.isFinite(high) ? high : values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const middle = (least + most) / 2;
    const half = most > least ? (most - least) / 2 : Math.abs(middle) / 2 + 1;
    return values.map(() => Math.min(Math.max(middle + (2 * random() - 1) * half, low), high));
  });
}

function scaled(feeds: Feeds, factor: number, specs: readonly TensorSpec[]): Feeds {
  return replaced(feeds, specs, (values, [low, high]) =>
    values.map((value) => Math.min(Math.max(value * factor, low), high)),
  );
}

/** Feeds with other floating-point values, which keep within the declared ranges. */
function replaced(
  feeds: Feeds,
  specs: readonly TensorSpec[],
  change: (values: Float64Array, range: readonly [number, number]) => Float64Array,
): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => {
      // Whole numbers may be codes; another code could be outside the table that they index.
      if (tensor.dataType !== 'FP32' && tensor.dataType !== 'FP64') return [name, tensor];
      const range = specs.find((spec) => spec.name === name)?.range ?? ([-Infinity, Infinity] as const);
      const before = toTypedArray(tensor.dataType, tensor.data, { mayBorrow: true }) as Float32Array | Float64Array;
      const after = change(Float64Array.from(before), range);
      return [name, { ...tensor, data: toBytes(tensor.dataType === 'FP32' ? Float32Array.from(after) : after) }];
    }),
  );
}

async function runAlone(
  session: ModelSession,
  outputs: readonly TensorSpec[],
  item: Feeds,
): Promise<ReadonlyMap<string, RawTensor>> {
  return (await session.run(item, outputs)).tensors;
}

/** Least time of a few runs, in microseconds: what disturbs a run only makes it longer. */
async function measure(session: ModelSession, outputs: readonly TensorSpec[], feeds: Feeds): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < TIMED_RUNS; run++) {
    const started = monotonicUs();
    await session.run(feeds, outputs);
    least = Math.min(least, monotonicUs() - started);
  }
  return Math.max(least, 1);
}
