import { describe, expect, it } from 'vitest';
import { loadAddon, nativeStatus } from '../load-addon.js';
import { componentStatisticsTwin, connectedComponentsTwin } from '../twins.js';
import type { SegmentationAddon } from './addon.js';
import {
  type ComponentOptions,
  type ComponentStatistics,
  type Connectivity,
  componentStatistics,
  connectedComponents,
  createComponentStatistics,
  type GridExtents,
} from './index.js';

/** A seeded generator of integers below `limit`. */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function noise(length: number, seed: number, isSet: (byte: number) => number | boolean): Uint8Array {
  const next = seeded(seed);
  return Uint8Array.from({ length }, () => Number(isSet(next(256))));
}

/** A digest of 32-bit elements (FNV-1a, a whole element at a time). */
function digest(labels: Int32Array): number {
  return labels.reduce((hash, label) => Math.imul(hash ^ label, 16777619) >>> 0, 0x811c9dc5);
}

function mask(...rows: string[]): [Uint8Array, GridExtents] {
  const digits = Uint8Array.from(rows.join(''), (c) => (c === '.' ? 0 : Number(c)));
  return [digits, { width: rows[0]?.length ?? 0, height: rows.length }];
}

function label([elements, extents]: [Uint8Array, GridExtents], options: ComponentOptions) {
  const labels = new Int32Array(elements.length).fill(-7);
  const count = connectedComponents(elements, extents, options, labels);
  const rows = Array.from({ length: extents.height }, (_, y) =>
    [...labels.subarray(y * extents.width, (y + 1) * extents.width)].map((l) => l || '.').join(''),
  );
  return { count, rows, labels };
}

describe('connectedComponents', () => {
  it('joins elements that share an edge, and with connectivity 8 also those that share a corner', () => {
    const steps = mask('1..1', '.11.', '...1');
    expect(label(steps, { connectivity: 4 }).rows).toEqual(['1..2', '.33.', '...4']);
    expect(label(steps, { connectivity: 8 }).rows).toEqual(['1..1', '.11.', '...1']);
  });

  it('numbers components in raster order of their first elements even where arms join late', () => {
    const arms = mask('1.1.1', '1.1.1', '..111', '11...');
    expect(label(arms, { connectivity: 4 })).toMatchObject({ count: 3, rows: ['1.2.2', '1.2.2', '..222', '33...'] });
    expect(label(arms, { connectivity: 8 })).toMatchObject({ count: 2, rows: ['1.2.2', '1.2.2', '..222', '22...'] });
  });

  it('takes any value but 0 as foreground, or equal values only', () => {
    const classes = mask('1122', '1221', '3.11');
    expect(label(classes, { connectivity: 4 }).rows).toEqual(['1111', '1111', '1.11']);
    expect(label(classes, { connectivity: 4, byValue: true }).rows).toEqual(['1122', '1223', '4.33']);
    // 1 at the right and 2 above it cross the diagonal of another 1 and 2.
    const crossing = mask('12', '21');
    expect(label(crossing, { connectivity: 8, byValue: true }).rows).toEqual(['12', '21']);
    expect(label(crossing, { connectivity: 4, byValue: true }).rows).toEqual(['12', '34']);
  });

  it('takes 6, 18 and 26 neighbours in a volume', () => {
    const count = (cells: number[], connectivity: Connectivity) => {
      const volume = new Uint8Array(27);
      for (const cell of cells) volume[cell] = 1;
      const extents = { width: 3, height: 3, depth: 3 };
      return connectedComponents(volume, extents, { connectivity }, new Uint32Array(27));
    };
    const [centre, face, edge, corner] = [13, 4, 1, 0];
    expect(([6, 18, 26] as const).map((c) => count([centre, face], c))).toEqual([1, 1, 1]);
    expect(([6, 18, 26] as const).map((c) => count([centre, edge], c))).toEqual([2, 1, 1]);
    expect(([6, 18, 26] as const).map((c) => count([centre, corner], c))).toEqual([2, 2, 1]);
  });

  it('labels as scipy.ndimage.label 1.17 does', () => {
    const image = noise(97 * 61, 1, (byte) => byte < 110);
    const volume = noise(17 * 13 * 11, 2, (byte) => byte < 70);
    const golden: [Uint8Array, GridExtents, Connectivity, number, number][] = [
      [image, { width: 97, height: 61 }, 4, 587, 439625951],
      [image, { width: 97, height: 61 }, 8, 72, 1239196221],
      [volume, { width: 17, height: 13, depth: 11 }, 6, 199, 4128427885],
      [volume, { width: 17, height: 13, depth: 11 }, 18, 10, 881945957],
      [volume, { width: 17, height: 13, depth: 11 }, 26, 6, 3642048440],
    ];
    for (const [elements, extents, connectivity, count, hash] of golden) {
      for (const labelling of [connectedComponents, connectedComponentsTwin]) {
        const labels = new Int32Array(elements.length);
        expect(labelling(elements, extents, { connectivity }, labels)).toBe(count);
        expect(digest(labels)).toBe(hash);
      }
    }
  });

  it('refuses what does not fit', () => {
    const labels = new Int32Array(4);
    const four = new Uint8Array(4);
    const square = { width: 2, height: 2 };
    expect(() => connectedComponents(four, square, { connectivity: 4 }, new Int32Array(3))).toThrow(RangeError);
    expect(() => connectedComponents(four, { width: 4, height: 2 }, { connectivity: 4 }, labels)).toThrow(RangeError);
    expect(() => connectedComponents(four, square, { connectivity: 5 as 4 }, labels)).toThrow(RangeError);
    expect(() => connectedComponents(four, { ...square, height: 1, depth: 2 }, { connectivity: 8 }, labels)).toThrow(
      /6, 18 or 26/,
    );
    expect(() => connectedComponents(four, { width: -2, height: -2 }, { connectivity: 4 }, labels)).toThrow(RangeError);
    expect(() => connectedComponents(four, { width: 2.5, height: 2 }, { connectivity: 4 }, labels)).toThrow(RangeError);
    expect(() => connectedComponents(four, { width: 2 ** 31, height: 0 }, { connectivity: 4 }, labels)).toThrow(
      RangeError,
    );
  });
});

describe('componentStatistics', () => {
  it('counts, encloses and sums positions', () => {
    const shapes = mask('11..', '1..2', '..22');
    const { labels, count } = label(shapes, { connectivity: 4 });
    const output = createComponentStatistics(count);
    componentStatistics(labels, shapes[1], count, output);
    expect(output).toEqual({
      sizes: Float64Array.of(3, 3),
      boxes: Uint32Array.of(0, 0, 0, 2, 2, 1, 2, 1, 0, 4, 3, 1),
      sums: Float64Array.of(1, 1, 0, 8, 5, 0),
    });
  });

  it('gives the centroids and boxes of scipy.ndimage 1.17', () => {
    const volume = noise(17 * 13 * 11, 2, (byte) => byte < 70);
    const extents = { width: 17, height: 13, depth: 11 };
    const labels = new Int32Array(volume.length);
    const count = connectedComponents(volume, extents, { connectivity: 26 }, labels);
    const { sizes, boxes, sums } = createComponentStatistics(count);
    componentStatistics(labels, extents, count, { sizes, boxes, sums });
    expect([...sizes.subarray(0, 3)]).toEqual([1, 647, 1]);
    const centroid = [...sums.subarray(3, 6)].map((sum) => sum / 647);
    expect(centroid).toEqual([7.853168469860896, 5.921174652241112, 5.146831530139104]);
    expect([...boxes.subarray(0, 18)]).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 17, 13, 11, 9, 9, 0, 10, 10, 1]);
  });

  it('leaves zeros for a label that does not occur, whatever the memory held', () => {
    const output = createComponentStatistics(2);
    output.boxes.fill(9);
    componentStatistics(Int32Array.of(0, 2), { width: 2, height: 1 }, 2, output);
    expect([...output.boxes]).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 1, 1]);
    expect([...output.sizes]).toEqual([0, 1]);
  });

  it('refuses labels outside the count and lengths that do not fit', () => {
    const row = { width: 3, height: 1 };
    const one = createComponentStatistics(1);
    expect(() => componentStatistics(Int32Array.of(0, 1, 2), row, 1, one)).toThrow(RangeError);
    expect(() => componentStatistics(Int32Array.of(0, -1, 1), row, 1, one)).toThrow(RangeError);
    expect(() => componentStatisticsTwin(Int32Array.of(0, -1, 1), row, 1, one)).toThrow(RangeError);
    expect(() => componentStatistics(Int32Array.of(0, 1), row, 1, one)).toThrow(RangeError);
    expect(() => componentStatistics(Int32Array.of(0, 1, 1), row, 2, one)).toThrow(RangeError);
    expect(() => componentStatistics(Int32Array.of(0, 1, 1), row, 0.5, one)).toThrow(RangeError);
  });
});

describe.skipIf(!nativeStatus().isLoaded)('the addon (skipped where it is not loaded)', () => {
  const same = (elements: Uint8Array, extents: GridExtents, options: ComponentOptions) => {
    const expected = new Int32Array(elements.length).fill(-1);
    const actual = new Int32Array(elements.length).fill(-2);
    const count = connectedComponentsTwin(elements, extents, options, expected);
    expect(connectedComponents(elements, extents, options, actual)).toBe(count);
    expect(Buffer.compare(Buffer.from(actual.buffer), Buffer.from(expected.buffer))).toBe(0);
    const statistics: [ComponentStatistics, ComponentStatistics] = [
      createComponentStatistics(count),
      createComponentStatistics(count),
    ];
    componentStatisticsTwin(expected, extents, count, statistics[0]);
    componentStatistics(actual, extents, count, statistics[1]);
    expect(statistics[1]).toEqual(statistics[0]);
  };

  it('labels and measures exactly as its twins on random masks of many sizes', () => {
    const next = seeded(77);
    const sizes = [0, 1, 2, 3, 31, 63, 64, 65, 127, 128, 129, 191, 257];
    const kinds: ((byte: number) => number | boolean)[] = [
      () => 0,
      () => 255,
      (b) => b < 20,
      (b) => b < 128,
      (b) => b < 240,
      (b) => b % 3,
      (b) => b & 1,
      (b) => b,
    ];
    for (let round = 0; round < 400; round++) {
      const isVolume = round % 2 === 1;
      const extents = {
        width: sizes[next(sizes.length)] as number,
        height: isVolume ? next(9) : next(30),
        ...(isVolume ? { depth: next(7) } : {}),
      };
      const total = extents.width * extents.height * (extents.depth ?? 1);
      // Masks at odd byte offsets of larger memory.
      const offset = next(70);
      const memory = noise(total + offset, round, kinds[next(kinds.length)] as () => number);
      const choices = isVolume ? ([6, 18, 26] as const) : ([4, 8, 6, 18, 26] as const);
      const connectivity = choices[next(choices.length)] as Connectivity;
      same(memory.subarray(offset), extents, { connectivity, byValue: next(2) === 1 });
    }
  });

  it('labels smooth shapes and spirals as its twins', () => {
    const width = 700;
    const height = 500;
    const blobs = Uint8Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      return Math.sin(x / 11) + Math.sin(y / 7) + Math.sin((x + y) / 23) > 0.4 ? 1 : 0;
    });
    same(blobs, { width, height }, { connectivity: 4 });
    same(blobs, { width, height }, { connectivity: 8, byValue: true });
    same(blobs, { width: 100, height: 70, depth: 50 }, { connectivity: 26 });
    const rings = blobs.map((_, i) => {
      const [x, y] = [(i % width) - width / 2, Math.floor(i / width) - height / 2];
      return Math.floor(Math.hypot(x, y) / 5 + Math.atan2(y, x) / Math.PI) % 2;
    });
    same(rings, { width, height }, { connectivity: 4 });
  });

  it('throws, and never crashes, on hostile arguments', () => {
    const addon = loadAddon<SegmentationAddon>() as unknown as Record<string, (...values: unknown[]) => unknown>;
    const next = seeded(5);
    const detached = new Uint8Array(6);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    const hostile = [
      ...[0, 1, 2, 3, 6, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 53, 1e300, '6', null, undefined],
      ...[true, false, {}, [], 6n, new Uint8Array(6), new Int32Array(6), new Uint32Array(36), new Float64Array(6)],
      ...[
        new Float32Array(6),
        new Int32Array(6).fill(-5),
        new Uint32Array(6).fill(9),
        new DataView(new ArrayBuffer(6)),
      ],
      ...[new Uint8Array(new SharedArrayBuffer(6)), detached, new BigInt64Array(6), () => 6],
    ];
    const pick = () => hostile[next(hostile.length)];
    let thrown = 0;
    for (let round = 0; round < 20000; round++) {
      const name = round % 2 === 0 ? 'connectedComponents' : 'componentStatistics';
      const good =
        round % 2 === 0
          ? [new Uint8Array(6), 3, 2, 1, 1, false, new Int32Array(6)]
          : [Int32Array.of(0, 1, 2, 1, 0, 2), 3, 2, 1, 2, ...Object.values(createComponentStatistics(2))];
      const values = good.map((value) => (next(4) === 0 ? pick() : value)).slice(0, next(12) === 0 ? next(8) : 8);
      try {
        addon[name]?.(...values);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        thrown++;
      }
    }
    expect(thrown).toBeGreaterThan(10000);
  });
});
