import { describe, expect, it } from 'vitest';
import { loadAddon, nativeStatus } from '../load-addon.js';
import type { StainAddon } from './addon.js';
import { labTables } from './lab-tables.js';
import { OPTICAL_DENSITY } from './optical-density.js';
import { stainTwin } from './stain.twin.js';

const addon = loadAddon<StainAddon>();

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Stain-like colours, blobs of tissue, white, and some noise of all bytes. */
function picture(width: number, height: number, seed: number): Uint8Array {
  const next = random(seed);
  const pixels = new Uint8Array(width * height * 3);
  const kinds = next() * 3;
  let kind = 0;
  for (let i = 0; i < width * height; i++) {
    if (next() < 0.05) kind = next() * kinds;
    for (let c = 0; c < 3; c++) {
      const noise = next();
      pixels[3 * i + c] = kind < 1 ? 230 + 26 * noise : kind < 2 ? 90 + 100 * noise + 10 * c : 256 * noise;
    }
  }
  return pixels;
}

/** A copy that starts at an odd address. */
function atOddOffset(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes.length + 1).subarray(1);
  copy.set(bytes);
  return copy;
}

const sizes: [number, number][] = [
  ...[1, 2, 3, 5, 7, 8, 9, 13, 31, 44, 45, 53, 54, 55, 64, 108, 109, 257].map((n): [number, number] => [n, 1]),
  ...([
    [1, 1],
    [1, 37],
    [2, 2],
    [7, 11],
    [17, 17],
    [44, 30],
    [63, 20],
    [97, 61],
    [129, 129],
    [300, 211],
    [512, 512],
    [2048, 1100],
  ] as [number, number][]),
];

const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324, 1e308, -1e308];

/** Numbers of a range, one in ten of them special. */
function numbers(length: number, low: number, high: number, seed: number, share = 0.1): Float64Array {
  const next = random(seed);
  return Float64Array.from({ length }, () => {
    if (next() < share) return specials[Math.trunc(next() * specials.length)] as number;
    return low + (high - low) * next();
  });
}

function bits(array: Float64Array | Uint8Array | Uint32Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

/** Runs both with arrays of their own to write to, and compares those and what is returned. */
function expectEqual<T extends Float64Array | Uint8Array | Uint32Array>(
  written: () => T,
  run: (kernels: StainAddon, output: T) => unknown,
): void {
  const [native, twin] = [written(), written()];
  const returned = [run(addon as StainAddon, native), run(stainTwin, twin)];
  expect(returned[0]).toBe(returned[1]);
  // NaN has many bit patterns, and processors choose differently among them.
  if (native instanceof Float64Array) expect(Array.from(native)).toEqual(Array.from(twin));
  else expect(bits(native).equals(bits(twin))).toBe(true);
}

describe('stain kernels', () => {
  it.each([
    { colour: 'mid grey', rgb: [119, 119, 119], lab: [50.03, 0, 0] },
    { colour: 'red', rgb: [255, 0, 0], lab: [53.24, 80.09, 67.2] },
    { colour: 'blue', rgb: [0, 0, 255], lab: [32.3, 79.19, -107.86] },
    { colour: 'white', rgb: [255, 255, 255], lab: [100, 0, 0] },
    { colour: 'black', rgb: [0, 0, 0], lab: [0, 0, 0] },
  ])('know $colour in CIELAB', ({ rgb, lab }) => {
    const { rows, root } = labTables();
    for (const kernels of [stainTwin, addon ?? stainTwin]) {
      const sums = new Float64Array(48);
      expect(kernels.stainLabMoments(Uint8Array.from(rgb), Uint8Array.of(1), rows, root, sums)).toBe(1);
      lab.forEach((value, k) => {
        expect(sums[8 * k]).toBeCloseTo(value, 1);
        expect(sums[24 + 8 * k]).toBe((sums[8 * k] as number) ** 2);
      });
    }
  });
});

describe.skipIf(addon === undefined)(`native stain kernels (skipped: ${JSON.stringify(nativeStatus())})`, () => {
  it.each(sizes)('equal their twins to the bit on %i x %i', (width, height) => {
    const seed = width * 7919 + height;
    const pixels = atOddOffset(picture(width, height, seed));
    const next = random(seed + 1);
    const mask = atOddOffset(Uint8Array.from({ length: width * height }, () => (next() < 0.6 ? 255 * next() : 0)));
    const { rows, root, matrix, base, threshold } = labTables();
    const rowSums = numbers(3072, -100, 7000, seed + 2, 0);
    const rowProducts = numbers(3072, 0.1, 8, seed + 3, 0);

    expectEqual(
      () => new Uint32Array(256).fill(7),
      (k, counts) => k.stainGrayHistogram(pixels, counts),
    );
    for (const level of [0, 1, 100, 180, 240, 255]) {
      expectEqual(
        () => atOddOffset(new Uint8Array(width * height).fill(9)),
        (k, output) => k.stainTissueMask(pixels, width, height, level, output),
      );
    }
    expectEqual(
      () => numbers(72, -3, 3, seed, 0),
      (k, sums) => k.stainDensityMoments(pixels, mask, OPTICAL_DENSITY, sums),
    );
    expectEqual(
      () => new Uint32Array(16384).fill(3),
      (k, counts) => k.stainDensityAngles(pixels, mask, OPTICAL_DENSITY, numbers(6, -1, 1, seed, 0), counts),
    );
    expectEqual(
      () => new Uint32Array(3 * 16384).fill(3),
      (k, counts) => k.stainRowSumHistograms(pixels, rowSums, counts),
    );
    expectEqual(
      () => atOddOffset(new Uint8Array(pixels.length)),
      (k, output) => k.stainRowProducts(pixels, rowProducts, output),
    );
    expectEqual(
      () => numbers(48, -3, 3, seed, 0),
      (k, sums) => k.stainLabMoments(pixels, mask, rows, root, sums),
    );
    const coefficients = Float64Array.of(
      0.5 + next(),
      2 * next(),
      2 * next(),
      40 * next() - 20,
      9 * next(),
      9 * next(),
    );
    expectEqual(
      () => atOddOffset(new Uint8Array(pixels.length)),
      (k, output) => k.stainLabTransfer(pixels, mask, rows, root, matrix, base, threshold, coefficients, output),
    );
  });

  it('equal their twins where tables hold NaN, infinities, denormals and extremes', () => {
    const pixels = picture(61, 47, 5);
    const mask = new Uint8Array(61 * 47).fill(1);
    const { rows, root, matrix, base, threshold } = labTables();
    for (let seed = 1; seed <= 40; seed++) {
      const table = numbers(3072, -200, 300, seed);
      const axes = numbers(6, -1, 1, seed + 100, 0.3);
      const density = numbers(256, -1, 5, seed + 200);
      expectEqual(
        () => new Uint32Array(3 * 16384),
        (k, counts) => k.stainRowSumHistograms(pixels, table, counts),
      );
      expectEqual(
        () => new Uint8Array(pixels.length),
        (k, output) => k.stainRowProducts(pixels, table, output),
      );
      expectEqual(
        () => new Uint32Array(16384),
        (k, counts) => k.stainDensityAngles(pixels, mask, density, axes, counts),
      );
      expectEqual(
        () => new Float64Array(72),
        (k, sums) => k.stainDensityMoments(pixels, mask, density, sums),
      );
      expectEqual(
        () => new Float64Array(48),
        (k, sums) => k.stainLabMoments(pixels, mask, table, root, sums),
      );
      const coefficients = numbers(6, -3, 3, seed + 300, 0.3);
      expectEqual(
        () => new Uint8Array(pixels.length),
        (k, output) => k.stainLabTransfer(pixels, mask, rows, root, matrix, base, threshold, coefficients, output),
      );
      expectEqual(
        () => new Uint8Array(pixels.length),
        (k, output) => k.stainLabTransfer(pixels, mask, table, root, matrix, base, threshold, coefficients, output),
      );
    }
  });

  it('may write over their input', () => {
    const pixels = picture(53, 29, 8);
    const mask = Uint8Array.from({ length: 53 * 29 }, (_, i) => i % 3);
    const { rows, root, matrix, base, threshold } = labTables();
    const coefficients = Float64Array.of(1.1, 0.9, 1.2, 4, -2, 3);
    const table = numbers(3072, 0.1, 8, 4, 0);
    expectEqual(
      () => pixels.slice(),
      (k, data) => k.stainRowProducts(data, table, data),
    );
    expectEqual(
      () => pixels.slice(),
      (k, data) => k.stainLabTransfer(data, mask, rows, root, matrix, base, threshold, coefficients, data),
    );
  });

  it('refuse wrong arguments and take right ones', () => {
    const names = Object.keys(stainTwin) as (keyof StainAddon)[];
    const lengths: Record<keyof StainAddon, (number | string)[]> = {
      stainGrayHistogram: ['u8:192', 'u32:256'],
      stainTissueMask: ['u8:192', 'n:8', 'n:8', 'n:100', 'u8:64'],
      stainDensityMoments: ['u8:192', 'u8:64', 'f64:256', 'f64:72'],
      stainDensityAngles: ['u8:192', 'u8:64', 'f64:256', 'f64:6', 'u32:16384'],
      stainRowSumHistograms: ['u8:192', 'f64:3072', 'u32:49152'],
      stainRowProducts: ['u8:192', 'f64:3072', 'u8:192'],
      stainLabMoments: ['u8:192', 'u8:64', 'f64:3072', 'f64:8196', 'f64:48'],
      stainLabTransfer: [
        ...['u8:192', 'u8:64', 'f64:3072', 'f64:8196', 'f64:9', 'u8:4097', 'f64:4097', 'f64:6', 'u8:192'],
      ],
    };
    const next = random(77);
    const pick = <T>(values: readonly T[]): T => values[Math.trunc(next() * values.length)] as T;
    const right = (what: string): unknown => {
      const [type, length] = [what.split(':')[0], Number(what.split(':')[1])];
      if (type === 'n') return length;
      if (type === 'u8') return new Uint8Array(length).map(() => 256 * next());
      return type === 'u32' ? new Uint32Array(length) : numbers(length, -10, 10, length);
    };
    const detached = new Uint8Array(192);
    structuredClone(detached, { transfer: [detached.buffer] });
    const hostile = (): unknown =>
      pick([
        ...[undefined, null, Number.NaN, -1, 0.5, 2 ** 31, 2 ** 53, Number.POSITIVE_INFINITY, 'text', {}, [], () => 1],
        ...[new Uint8Array(0), new Uint8Array(191), new Uint8Array(193), new Float32Array(3072), new Uint16Array(64)],
        ...[detached, new DataView(new ArrayBuffer(192)), new ArrayBuffer(192), new Float64Array(5), 10n, Symbol('s')],
      ]);
    for (let round = 0; round < 1000; round++) {
      const name = pick(names);
      const args = (lengths[name] as string[]).map(right);
      const wrong = Math.trunc(next() * args.length);
      const value = hostile();
      args[wrong] = value;
      if (next() < 0.2) args.length = wrong;
      // No pixels at all are nothing wrong where nothing else depends on their number.
      else if (name.endsWith('Histogram') || name.endsWith('Histograms')) {
        if (wrong === 0 && value instanceof Uint8Array && value.length === 0) continue;
      }
      const call = (addon as unknown as Record<string, (...values: unknown[]) => unknown>)[name];
      expect(() => call?.(...args), `${name} argument ${wrong}`).toThrow();
    }
    for (const name of names) {
      const call = (addon as unknown as Record<string, (...values: unknown[]) => unknown>)[name];
      expect(() => call?.(...(lengths[name] as string[]).map(right)), name).not.toThrow();
    }
  });
});
