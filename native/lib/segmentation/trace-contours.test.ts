import { describe, expect, it } from 'vitest';
import { loadAddon, nativeStatus } from '../load-addon.js';
import { traceContoursTwin } from '../twins.js';
import type { SegmentationAddon } from './addon.js';
import { type Contours, connectedComponents, contourPolygons, traceContours } from './index.js';

function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function noise(length: number, seed: number, threshold: number): Uint8Array {
  const next = seeded(seed);
  return Uint8Array.from({ length }, () => (next(256) < threshold ? 1 + next(2) * 254 : 0));
}

/** As noise, with one draw per pixel: what the figures of other software were computed on. */
function plainNoise(threshold: number): Uint8Array {
  const next = seeded(1);
  return Uint8Array.from({ length: 97 * 61 }, () => (next(256) < threshold ? 1 : 0));
}

function trace(rows: string[], connectivity: 4 | 8): Contours {
  const mask = Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0));
  return traceContours(mask, { width: rows[0]?.length ?? 0, height: rows.length }, connectivity);
}

/** Twice the area of ring i. */
function doubleArea({ points, ringStarts }: Contours, ring: number): number {
  const ringPoints = points.subarray(2 * (ringStarts[ring] as number), 2 * (ringStarts[ring + 1] as number));
  let sum = 0;
  for (let i = 0; i < ringPoints.length; i += 2) {
    const [x0, y0] = [ringPoints[i] as number, ringPoints[i + 1] as number];
    const [x1, y1] = [ringPoints.at((i + 2) % ringPoints.length) as number, ringPoints.at((i + 3) % ringPoints.length)];
    sum += x0 * (y1 as number) - x1 * y0;
  }
  return sum;
}

/** Fills all rings: how often a pixel is inside outer rings less how often inside holes. */
function fill(contours: Contours, width: number, height: number): Int32Array {
  const turns = new Int32Array((width + 1) * height);
  contours.outerOf.forEach((_, ring) => {
    const [from, to] = [contours.ringStarts[ring] as number, contours.ringStarts[ring + 1] as number];
    for (let i = from; i < to; i++) {
      const j = i + 1 < to ? i + 1 : from;
      const [x0, y0] = [contours.points[2 * i] as number, contours.points[2 * i + 1] as number];
      const [x1, y1] = [contours.points[2 * j] as number, contours.points[2 * j + 1] as number];
      expect((x0 === x1) !== (y0 === y1)).toBe(true);
      // A crack upwards has the foreground at its right in x, one downwards at its left.
      for (let y = Math.min(y0, y1); y < Math.max(y0, y1); y++) {
        const at = y * (width + 1) + x0;
        turns[at] = (turns[at] as number) + (y1 < y0 ? 1 : -1);
      }
    }
  });
  const filled = new Int32Array(width * height);
  for (let y = 0; y < height; y++) {
    let inside = 0;
    for (let x = 0; x < width; x++) {
      inside += turns[y * (width + 1) + x] as number;
      filled[y * width + x] = inside;
    }
  }
  return filled;
}

function expectSame(actual: Contours, expected: Contours): void {
  for (const part of ['points', 'ringStarts', 'outerOf'] as const) {
    const [a, b] = [Buffer.from(actual[part].buffer), Buffer.from(expected[part].buffer)];
    expect(Buffer.compare(a, b)).toBe(0);
  }
}

describe('traceContours', () => {
  it('runs along the corners of a pixel with a positive area', () => {
    expect(trace(['...', '.#.', '...'], 4)).toEqual({
      points: Int32Array.of(1, 1, 2, 1, 2, 2, 1, 2),
      ringStarts: Uint32Array.of(0, 4),
      outerOf: Int32Array.of(-1),
    });
  });

  it('lists only corners where a ring turns, and links holes to the outer ring around them', () => {
    const contours = trace(['#####', '#...#', '#.#.#', '#...#', '#####'], 4);
    expect([...contours.outerOf]).toEqual([-1, 0, -1]);
    expect([...contours.points]).toEqual([
      ...[0, 0, 5, 0, 5, 5, 0, 5],
      ...[1, 1, 1, 4, 4, 4, 4, 1],
      ...[2, 2, 3, 2, 3, 3, 2, 3],
    ]);
    expect([0, 1, 2].map((ring) => doubleArea(contours, ring) / 2)).toEqual([25, -9, 1]);
    expect(contourPolygons(contours)).toEqual([
      { outer: contours.points.subarray(0, 8), holes: [contours.points.subarray(8, 16)] },
      { outer: contours.points.subarray(16, 24), holes: [] },
    ]);
  });

  it('parts or joins pixels that share only a corner as the connectivity says', () => {
    expect([...trace(['#.', '.#'], 4).ringStarts]).toEqual([0, 4, 8]);
    const joined = trace(['#.', '.#'], 8);
    expect([...joined.points]).toEqual([0, 0, 1, 0, 1, 1, 2, 1, 2, 2, 1, 2, 1, 1, 0, 1]);
    expect([...trace(['.#', '#.'], 4).points]).toEqual([1, 0, 2, 0, 2, 1, 1, 1, 0, 1, 1, 1, 1, 2, 0, 2]);
    expect([...trace(['.#', '#.'], 8).ringStarts]).toEqual([0, 8]);
  });

  it('joins or parts holes that share only a corner the other way about', () => {
    const rows = ['####', '#.##', '##.#', '####'];
    expect([...trace(rows, 4).outerOf]).toEqual([-1, 0]);
    expect([...trace(rows, 8).outerOf]).toEqual([-1, 0, 0]);
    const mirrored = ['####', '##.#', '#.##', '####'];
    expect([...trace(mirrored, 4).outerOf]).toEqual([-1, 0]);
    expect([...trace(mirrored, 8).outerOf]).toEqual([-1, 0, 0]);
  });

  it('finds nothing in an empty mask and one ring around a full one', () => {
    expect([...trace(['..', '..'], 8).ringStarts]).toEqual([0]);
    expect([...trace(['##', '##'], 8).points]).toEqual([0, 0, 2, 0, 2, 2, 0, 2]);
    expect([...traceContours(new Uint8Array(0), { width: 0, height: 5 }, 4).points]).toEqual([]);
  });

  it('finds as many rings and holes as scikit-image 0.26 and OpenCV 5.0', () => {
    const rings = (threshold: number, connectivity: 4 | 8) => {
      const { outerOf } = traceContours(plainNoise(threshold), { width: 97, height: 61 }, connectivity);
      const outers = [...outerOf].filter((outer) => outer === -1).length;
      return { outers, euler: 2 * outers - outerOf.length, outerOf };
    };
    // Components and Euler numbers (components less holes) of skimage.measure.
    expect(rings(110, 4)).toMatchObject({ outers: 587, euler: 580 });
    expect(rings(110, 8)).toMatchObject({ outers: 72, euler: -125 });
    expect(rings(180, 4)).toMatchObject({ outers: 41, euler: -209 });
    expect(rings(180, 8)).toMatchObject({ outers: 1, euler: -711 });
    // Holes of each component by cv2.findContours with RETR_CCOMP, components in raster order.
    const { outerOf } = rings(110, 8);
    const order = [...outerOf].flatMap((outer, ring) => (outer === -1 ? [ring] : []));
    const holes = order.map((ring) => [...outerOf].filter((outer) => outer === ring).length);
    expect([...holes.entries()].filter(([, count]) => count > 0)).toEqual([
      ...[
        [1, 171],
        [4, 1],
        [6, 1],
        [10, 1],
        [13, 5],
        [21, 2],
        [22, 6],
        [31, 4],
        [40, 1],
        [41, 3],
        [45, 2],
      ],
    ]);
  });

  it('has areas that sum up to the pixels of each component, and fills back to the mask exactly', () => {
    const next = seeded(3);
    for (let round = 0; round < 120; round++) {
      const [width, height] = [1 + next(round % 10 === 0 ? 140 : 24), 1 + next(24)];
      const mask = noise(width * height, round, [30, 128, 220][round % 3] as number);
      const connectivity = next(2) === 0 ? 4 : 8;
      const tracers = [traceContours, traceContoursTwin];
      for (const tracer of tracers) {
        const contours = tracer(mask, { width, height }, connectivity);
        expect(fill(contours, width, height)).toEqual(Int32Array.from(mask, (value) => (value === 0 ? 0 : 1)));
        const labels = new Uint32Array(mask.length);
        const count = connectedComponents(mask, { width, height }, { connectivity }, labels);
        const pixels = Array.from({ length: count }, () => 0);
        for (const label of labels) if (label > 0) pixels[label - 1] = (pixels[label - 1] as number) + 1;
        const componentOf = new Map<number, number>();
        const areas: number[] = [];
        contours.outerOf.forEach((outer, ring) => {
          const twice = doubleArea(contours, ring);
          expect(Math.sign(twice)).toBe(outer === -1 ? 1 : -1);
          if (outer === -1) componentOf.set(ring, areas.push(0) - 1);
          const component = componentOf.get(outer === -1 ? ring : outer) as number;
          areas[component] = (areas[component] as number) + twice / 2;
        });
        expect(areas).toEqual(pixels);
      }
    }
  });

  it('refuses what does not fit', () => {
    const four = new Uint8Array(4);
    expect(() => traceContours(four, { width: 2, height: 3 }, 4)).toThrow(RangeError);
    expect(() => traceContours(four, { width: 2, height: 2 }, 6 as 4)).toThrow(RangeError);
    expect(() => traceContours(four, { width: -2, height: -2 }, 4)).toThrow(RangeError);
    expect(() => traceContours(four, { width: 2 ** 15, height: 2 ** 15 }, 4)).toThrow(/2\^29/);
  });
});

describe.skipIf(!nativeStatus().isLoaded)('the addon (skipped where it is not loaded)', () => {
  it('traces exactly as its twin on random masks of many sizes', () => {
    const next = seeded(78);
    const sizes = [0, 1, 2, 3, 62, 63, 64, 65, 127, 128, 129, 200];
    for (let round = 0; round < 300; round++) {
      const width = sizes[next(sizes.length)] as number;
      const height = next(round % 50 === 0 ? 300 : 40);
      const offset = next(70);
      const mask = noise(width * height + offset, round, next(257)).subarray(offset);
      for (const connectivity of [4, 8] as const) {
        const expected = traceContoursTwin(mask, { width, height }, connectivity);
        expectSame(traceContours(mask, { width, height }, connectivity), expected);
      }
    }
  });

  it('traces smooth shapes and a spiral as its twin', () => {
    const [width, height] = [500, 400];
    const shapes = Uint8Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      return Math.sin(x / 11) + Math.sin(y / 7) + Math.sin((x + y) / 23) > 0.4 ? 1 : 0;
    });
    const spiral = shapes.map((_, i) => {
      const [x, y] = [(i % width) - width / 2, Math.floor(i / width) - height / 2];
      return Math.floor(Math.hypot(x, y) / 5 + Math.atan2(y, x) / Math.PI) % 2;
    });
    for (const mask of [shapes, spiral]) {
      for (const connectivity of [4, 8] as const) {
        const expected = traceContoursTwin(mask, { width, height }, connectivity);
        expectSame(traceContours(mask, { width, height }, connectivity), expected);
      }
    }
  });

  it('throws, and never crashes, on hostile arguments', () => {
    const addon = loadAddon<SegmentationAddon>() as unknown as Record<string, (...values: unknown[]) => unknown>;
    const next = seeded(6);
    const hostile = [
      ...[0, 1, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 53, 1e300, '6', null, undefined],
      ...[true, {}, [], 6n, new Int32Array(6), new Float64Array(6), new DataView(new ArrayBuffer(6)), () => 6],
    ];
    let thrown = 0;
    for (let round = 0; round < 5000; round++) {
      const good = [Uint8Array.of(1, 0, 1, 0, 1, 1), 3, 2, round % 2 === 0];
      const values = good.map((value) => (next(3) === 0 ? hostile[next(hostile.length)] : value));
      try {
        addon.traceContours?.(...values.slice(0, next(10) === 0 ? next(4) : 4));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        thrown++;
      }
    }
    expect(thrown).toBeGreaterThan(2000);
  });
});
