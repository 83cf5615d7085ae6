import { describe, expect, it } from 'vitest';
import { loadAddon, nativeStatus } from '../load-addon.js';
import { accumulateTileTwin, finishRowsTwin } from '../twins.js';
import type { BlendingAddon } from './addon.js';
import {
  accumulateTile,
  createBlendWindow,
  createTileBlender,
  finishRows,
  planTiles,
  type TileBlenderOptions,
  type TilePlan,
  tileWeights,
} from './index.js';

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Runs a whole plan; tiles come from `tileAt`, undefined for one to skip. */
function blend(options: TileBlenderOptions, tileAt: (position: readonly number[]) => Float32Array | undefined) {
  const blender = createTileBlender(options);
  const { extents } = options.plan;
  const plane = extents.slice(1).reduce((a, b) => a * b, 1);
  const result = new Float32Array(options.channels * (extents[0] as number) * plane).fill(-77);
  let mostRows = 0;
  let end = 0;
  for (let position = blender.nextPosition; position !== undefined; position = blender.nextPosition) {
    const tile = tileAt(position);
    if (tile === undefined) blender.skip(position);
    else blender.add(tile, position);
    for (let rows = blender.takeFinishedRows(); rows !== undefined; rows = blender.takeFinishedRows()) {
      expect(rows.first).toBe(end);
      end += rows.count;
      mostRows = Math.max(mostRows, rows.count);
      for (let c = 0; c < options.channels; c++) {
        const strip = rows.values.subarray(c * rows.count * plane, (c + 1) * rows.count * plane);
        result.set(strip, (c * (extents[0] as number) + rows.first) * plane);
      }
    }
  }
  expect(end).toBe(extents[0]);
  expect(mostRows).toBeLessThanOrEqual(options.plan.tile[0] as number);
  return result;
}

const volumeOf = (extents: readonly number[]) => extents.reduce((a, b) => a * b, 1);

/** The definition with all memory at hand: sums of whole results in FP64, tile after tile. */
function naive(
  { plan, channels, weighting }: TileBlenderOptions,
  tileAt: (p: readonly number[]) => Float32Array | undefined,
) {
  const three = (values: readonly number[], first: number) =>
    (values.length === 3 ? values : [values[0], first, values[1]]) as [number, number, number];
  const [D, H, W] = three(plan.extents, 1);
  const [d, h, w] = three(plan.tile, 1);
  const { axes, minimum } = tileWeights(weighting, plan.tile);
  const sums = new Float64Array(channels * D * H * W);
  const weights = new Float64Array(D * H * W);
  for (const position of plan.positions) {
    const tile = tileAt(position);
    if (tile === undefined) continue;
    const [z0, y0, x0] = three(position, 0);
    for (let i = 0; i < d * h * w; i++) {
      const [z, y, x] = [Math.floor(i / (h * w)), Math.floor(i / w) % h, i % w];
      const weight = Math.max((axes[0][z] as number) * (axes[1][y] as number) * (axes[2][x] as number), minimum);
      const at = ((z0 + z) * H + y0 + y) * W + x0 + x;
      weights[at] = (weights[at] as number) + weight;
      for (let c = 0; c < channels; c++) {
        const to = c * D * H * W + at;
        sums[to] = (sums[to] as number) + weight * (tile[c * d * h * w + i] as number);
      }
    }
  }
  return Float32Array.from(sums, (sum, i) => {
    const weight = weights[i % (D * H * W)] as number;
    return weight === 0 ? Number.NaN : sum * (1 / weight);
  });
}

/** Index of the first element that is not the same number, -0 and NaN included; -1 if there is none. */
function firstDifference(a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  return a.length === b.length ? a.findIndex((value, i) => !Object.is(value, b[i])) : 0;
}

describe('planTiles', () => {
  it('steps by the share of a tile that does not overlap, and shifts the last tile back', () => {
    // What MONAI's dense_patch_slices gives for a scan interval of 3 and of 2.
    expect(planTiles([7, 5], [4, 4], 0.25).positions).toEqual([
      [0, 0],
      [0, 1],
      [3, 0],
      [3, 1],
    ]);
    expect(planTiles([8, 4], [4, 4], [0.5, 0.9]).positions).toEqual([
      [0, 0],
      [2, 0],
      [4, 0],
    ]);
    expect(planTiles([3, 2, 2], [2, 2, 2], 0.99).positions).toEqual([
      [0, 0, 0],
      [1, 0, 0],
    ]);
    expect(planTiles([512, 512], [512, 512], 0.5).positions).toEqual([[0, 0]]);
  });

  it('covers every place', () => {
    const next = seeded(4);
    for (let round = 0; round < 200; round++) {
      const extents = [1 + Math.floor(next() * 40), 1 + Math.floor(next() * 40)];
      const tile = extents.map((extent) => 1 + Math.floor(next() * extent));
      const plan = planTiles(extents, tile, next() * 0.99);
      for (const axis of [0, 1]) {
        const starts = [...new Set(plan.positions.map((position) => position[axis] as number))];
        expect(starts[0]).toBe(0);
        expect((starts.at(-1) as number) + (tile[axis] as number)).toBe(extents[axis]);
        starts.slice(1).forEach((start, i) => {
          expect(start).toBeGreaterThan(starts[i] as number);
          expect(start).toBeLessThanOrEqual((starts[i] as number) + (tile[axis] as number));
        });
      }
    }
  });

  it('refuses what is no plan', () => {
    for (const [extents, tile, overlap] of [
      [[4], [4], 0],
      [[4, 4], [4, 5], 0],
      [[4, 4], [4, 0], 0],
      [[4, 4.5], [4, 4], 0],
      [[4, 4], [4, 4], 1],
      [[4, 4], [4, 4], -0.1],
      [[4, 4], [4, 4], Number.NaN],
      [[4, 4], [4, 4], [0.5]],
      [[4, 4], [4], 0],
      [[1e6, 1e6], [1, 1], 0],
      [[2 ** 31, 4], [4, 4], 0],
    ] as [number[], number[], number | number[]][]) {
      expect(() => planTiles(extents, tile, overlap)).toThrow(RangeError);
    }
  });
});

describe('tileWeights', () => {
  it('are a Gaussian of an eighth of the extent around the centre, and 0.001 at the least', () => {
    const { axes, minimum } = tileWeights('gaussian', [4, 3]);
    // sigma 0.5: exp(-4.5) and exp(-0.5); sigma 0.375: exp(-1 / 0.28125) and 1.
    expect([...axes[0]]).toEqual([0.011108996538242306, 0.6065306597126334, 0.6065306597126334, 0.011108996538242306]);
    expect([...axes[1]]).toEqual([1]);
    expect(axes[2][0]).toBeCloseTo(0.02856550078455, 14);
    expect(axes[2][1]).toBe(1);
    expect(minimum).toBe(0.001);
    expect(tileWeights('flat', [2, 1, 3]).axes.map((axis) => [...axis])).toEqual([[1, 1], [1], [1, 1, 1]]);
  });
});

describe('createTileBlender', () => {
  it('averages tiles where they overlap', () => {
    const plan = planTiles([1, 5], [1, 3], 0.3);
    expect(plan.positions).toEqual([
      [0, 0],
      [0, 2],
    ]);
    const tiles = [Float32Array.of(1, 2, 3, 10, 20, 30), Float32Array.of(5, 6, 7, 50, 60, 70)];
    const flat = blend({ plan, channels: 2, weighting: 'flat' }, () => tiles.shift());
    expect([...flat]).toEqual([1, 2, 4, 6, 7, 10, 20, 40, 60, 70]);
  });

  it('weighs the middle of a tile more with a Gaussian', () => {
    const plan = planTiles([1, 5], [1, 4], 0.75);
    const tiles = [new Float32Array(4).fill(0), new Float32Array(4).fill(1)];
    const [edge, centre] = [0.011108996538242306, 0.6065306597126334];
    const blended = blend({ plan, channels: 1, weighting: 'gaussian' }, () => tiles.shift());
    const expected = [0, edge / (edge + centre), 0.5, centre / (edge + centre), 1];
    blended.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] as number, 7);
    });
  });

  it('gives what the definition gives with all memory at hand, in images and volumes', () => {
    const next = seeded(11);
    for (let round = 0; round < 60; round++) {
      const axes = round % 2 === 0 ? 2 : 3;
      const extents = Array.from({ length: axes }, () => 1 + Math.floor(next() * (axes === 2 ? 40 : 12)));
      const plan = planTiles(
        extents,
        extents.map((extent) => 1 + Math.floor(next() * extent)),
        next() * 0.8,
      );
      const channels = 1 + Math.floor(next() * 3);
      const weighting = next() < 0.5 ? 'flat' : 'gaussian';
      const tiles = new Map<string, Float32Array | undefined>();
      for (const position of plan.positions) {
        const tile = Float32Array.from({ length: channels * volumeOf(plan.tile) }, () => next() * 2 - 1);
        tiles.set(String(position), next() < 0.2 ? undefined : tile);
      }
      const options = { plan, channels, weighting, uncovered: 'nan' } as const;
      const tileAt = (position: readonly number[]) => tiles.get(String(position));
      expect(blend(options, tileAt)).toEqual(naive(options, tileAt));
    }
  });

  it('keeps equal tiles equal: blending adds no rounding of its own to a constant', () => {
    const plan = planTiles([50, 60], [16, 16], 0.7);
    const tile = new Float32Array(256).fill(0.1);
    for (const weighting of ['flat', 'gaussian'] as const) {
      expect(new Set(blend({ plan, channels: 1, weighting }, () => tile))).toEqual(new Set([Math.fround(0.1)]));
    }
  });

  it('makes places that no tile covered an error or NaN, never 0', () => {
    const plan = planTiles([4, 4], [2, 2], 0);
    const tileAt = (position: readonly number[]) =>
      position[0] === 2 && position[1] === 0 ? undefined : new Float32Array(4).fill(3);
    expect(() => blend({ plan, channels: 1, weighting: 'flat' }, tileAt)).toThrow(/covers 4 places of the rows 2 to 3/);
    const result = blend({ plan, channels: 1, weighting: 'flat', uncovered: 'nan' }, tileAt);
    expect([...result].map((value) => (Number.isNaN(value) ? '?' : value)).join('')).toBe('33333333??33??33');
    // A plan of its own may leave rows out.
    const sparse: TilePlan = {
      extents: [9, 1],
      tile: [2, 1],
      positions: [
        [0, 0],
        [6, 0],
      ],
    };
    const gaps = blend({ plan: sparse, channels: 1, weighting: 'flat', uncovered: 'nan' }, () => Float32Array.of(1, 2));
    expect([...gaps].map((value) => (Number.isNaN(value) ? '?' : value)).join('')).toBe('12????12?');
  });

  it('keeps NaN and infinity of a tile to the places that it touches', () => {
    const plan = planTiles([1, 5], [1, 3], 0.3);
    const tiles = [Float32Array.of(1, Number.POSITIVE_INFINITY, Number.NaN), Float32Array.of(5, 6, -0)];
    const blended = blend({ plan, channels: 1, weighting: 'gaussian' }, () => tiles.shift());
    expect([...blended]).toEqual([1, Number.POSITIVE_INFINITY, Number.NaN, 6, 0]);
  });

  it('refuses tiles out of order, rows that wait, and what does not fit', () => {
    const plan = planTiles([4, 4], [2, 2], 0);
    const blender = createTileBlender({ plan, channels: 1, weighting: 'flat' });
    const tile = new Float32Array(4);
    expect(() => blender.add(tile, [0, 2])).toThrow(/next tile of the plan is at \[0,0\]/);
    expect(() => blender.add(new Float32Array(5), [0, 0])).toThrow(RangeError);
    blender.add(tile, [0, 0]);
    expect(() => blender.add(tile, [0, 0])).toThrow(RangeError);
    expect(blender.takeFinishedRows()).toBeUndefined();
    blender.add(tile, [0, 2]);
    expect(() => blender.add(tile, [2, 0])).toThrow(/rows 0 to 1 are finished/);
    expect(blender.takeFinishedRows()).toEqual({ first: 0, count: 2, values: new Float32Array(8) });
    blender.add(tile, [2, 0]);
    blender.add(tile, [2, 2]);
    expect(blender.nextPosition).toBeUndefined();
    expect(() => blender.add(tile, [2, 2])).toThrow(RangeError);
    expect(blender.takeFinishedRows()?.first).toBe(2);
    expect(blender.takeFinishedRows()).toBeUndefined();

    const options = { plan, channels: 1, weighting: 'flat' } as const;
    expect(() => createTileBlender({ ...options, channels: 0 })).toThrow(RangeError);
    expect(() => createTileBlender({ ...options, weighting: 'round' as 'flat' })).toThrow(RangeError);
    expect(() => createTileBlender({ ...options, uncovered: 'zero' as 'nan' })).toThrow(RangeError);
    for (const positions of [
      [[3, 0]],
      [
        [2, 0],
        [0, 0],
      ],
      [[0]],
      [[0.5, 0]],
      [[-1, 0]],
    ]) {
      expect(() => createTileBlender({ ...options, plan: { ...plan, positions } })).toThrow(RangeError);
    }
  });
});

describe.skipIf(!nativeStatus().isLoaded)('the addon (skipped where it is not loaded)', () => {
  it('accumulates and finishes exactly as its twins', () => {
    const next = seeded(12);
    const whole = (limit: number) => Math.floor(next() * limit);
    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e-45, 3.4e38, -3.4e38];
    for (let round = 0; round < 150; round++) {
      const extents = [1 + whole(9), 1 + whole(3), 1 + whole(5), 1 + whole(round % 10 === 0 ? 3000 : 70)] as const;
      const [native, twin] = [createBlendWindow(...extents), createBlendWindow(...extents)];
      const [rows, channels, height, width] = extents;
      for (let tiles = 0; tiles < 3; tiles++) {
        const tile = [1 + whole(rows), 1 + whole(height), 1 + whole(width)] as const;
        const weights = tileWeights(next() < 0.5 ? 'flat' : 'gaussian', tile);
        const place = { slot: whole(rows), top: whole(height - tile[1] + 1), left: whole(width - tile[2] + 1) };
        const offset = whole(5);
        const values = Float32Array.from({ length: offset + channels * volumeOf(tile) }, () =>
          round % 3 === 0 && next() < 0.1
            ? (special[whole(special.length)] as number)
            : (next() - 0.5) * 10 ** whole(9),
        ).subarray(offset);
        accumulateTile(native, values, place, weights);
        accumulateTileTwin(twin, values, place, weights);
      }
      expect([firstDifference(native.sums, twin.sums), firstDifference(native.weights, twin.weights)]).toEqual([
        -1, -1,
      ]);
      const [slot, count] = [whole(rows), whole(rows + 1)];
      const outputs = [0, 1].map(() => new Float32Array(count * channels * height * width)) as [
        Float32Array,
        Float32Array,
      ];
      const missing = finishRows(native, slot, count, outputs[0]);
      expect(missing).toBe(finishRowsTwin(twin, slot, count, outputs[1]));
      expect(firstDifference(...outputs)).toBe(-1);
      expect([firstDifference(native.sums, twin.sums), firstDifference(native.weights, twin.weights)]).toEqual([
        -1, -1,
      ]);
    }
  });

  it('throws, and never crashes, on hostile arguments', () => {
    const addon = loadAddon<BlendingAddon>() as unknown as Record<string, (...values: unknown[]) => unknown>;
    const next = seeded(13);
    const hostile = [
      ...[0, 1, 2, 3, 7, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 1e300, -1e300],
      ...['6', null, undefined, true, {}, [], 6n, new Float64Array(0), new Float64Array(24), new Float64Array(5)],
      ...[new Float32Array(0), new Float32Array(24), new Uint8Array(24), new DataView(new ArrayBuffer(8))],
    ];
    let thrown = 0;
    for (let round = 0; round < 20000; round++) {
      const window = [new Float64Array(24), new Float64Array(12), 2, 2, 2, 3];
      const good =
        round % 2 === 0
          ? [
              ...window,
              new Float32Array(8),
              1,
              0,
              1,
              Float64Array.of(1),
              Float64Array.of(1, 1),
              Float64Array.of(1, 1),
              1,
            ]
          : [...window, 1, 2, new Float32Array(24)];
      const values = good.map((value) => (next() < 0.15 ? hostile[Math.floor(next() * hostile.length)] : value));
      try {
        addon[round % 2 === 0 ? 'accumulateTile' : 'finishRows']?.(...values);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        thrown++;
      }
    }
    expect(thrown).toBeGreaterThan(8000);
  });
});
