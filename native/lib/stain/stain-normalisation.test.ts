import { describe, expect, it } from 'vitest';
import { fitMacenkoTwin, fitReinhardTwin, macenkoNormaliseTwin, reinhardNormaliseTwin } from '../twins.js';
import {
  fitMacenko,
  fitReinhard,
  type MacenkoFit,
  macenkoNormalise,
  type ReinhardFit,
  type RgbTile,
  reinhardNormalise,
} from './index.js';
import { labTables } from './lab-tables.js';
import type { StainFitResult } from './stain-fit.js';

type Stains = readonly [readonly [number, number, number], readonly [number, number, number]];

const REAL: Stains = [
  [0.65, 0.7, 0.29],
  [0.27, 0.88, 0.39],
];

function unit(v: readonly number[]): number[] {
  const length = Math.hypot(...v);
  return v.map((x) => x / length);
}

/** A slide of two known stains in random mixtures, with a share of white. */
function slide(width: number, height: number, stains: Stains, strength: number, white: number, seed = 1): RgbTile {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const [h, e] = [unit(stains[0]), unit(stains[1])];
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const isWhite = Math.trunc(i / width) < white * height;
    const share = next();
    const [a, b] = share < 0.2 ? [1, 0] : share < 0.4 ? [0, 1] : [next(), next()];
    const amount = strength * (0.6 + 0.8 * next());
    for (let c = 0; c < 3; c++) {
      const density = (h[c] as number) * a * amount + (e[c] as number) * b * amount;
      pixels[3 * i + c] = isWhite ? 243 + 10 * next() : Math.round(240 * Math.exp(-density) - 1);
    }
  }
  return { pixels, width, height };
}

function fitOf<T>(result: StainFitResult<T>): T {
  if (!result.isFitted) throw new Error(result.reason);
  return result.fit;
}

function noise(width: number, height: number, low: number, high: number): RgbTile {
  let state = 9;
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + ((high - low) * state) / 2 ** 32;
  });
  return { pixels, width, height };
}

/** Greys of 60 to 180: tissue by its light, but of no colour. */
function greys(width: number, height: number): RgbTile {
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => 60 + ((Math.trunc(i / 3) * 37) % 121));
  return { pixels, width, height };
}

describe.each([
  { by: 'the addon or its fallback', fit: fitMacenko, normalise: macenkoNormalise },
  { by: 'the twin', fit: fitMacenkoTwin, normalise: macenkoNormaliseTwin },
])('Macenko by $by', ({ fit, normalise }) => {
  const source = fitOf(fit([slide(160, 120, REAL, 1, 0.3)]));
  const other: Stains = [
    [0.55, 0.75, 0.36],
    [0.15, 0.9, 0.41],
  ];
  const target = fitOf(fit([slide(140, 150, other, 1.4, 0.2, 5)]));

  it('finds the stains that a slide is made of, haematoxylin first', () => {
    const [h, e] = [unit(REAL[0]), unit(REAL[1])];
    const found = source.stainMatrix;
    const cosine = (v: number[], at: 0 | 1) =>
      (v[0] as number) * (found[at] as number) +
      (v[1] as number) * (found[2 + at] as number) +
      (v[2] as number) * (found[4 + at] as number);
    expect(cosine(h, 0)).toBeGreaterThan(Math.cos((2 * Math.PI) / 180));
    expect(cosine(e, 1)).toBeGreaterThan(Math.cos((2 * Math.PI) / 180));
    expect(Math.hypot(found[0], found[2], found[4])).toBeCloseTo(1, 12);
    expect(source.maximumConcentrations[0]).toBeGreaterThan(1);
    expect(source.maximumConcentrations[0]).toBeLessThan(1.5);
    expect(source.tissuePixels).toBeGreaterThan(10_000);
  });

  it('keeps as JSON', () => {
    expect(JSON.parse(JSON.stringify(source))).toEqual(source);
  });

  it('pools tiles: two halves of a slide are fitted like the whole', () => {
    const whole = slide(160, 128, REAL, 1, 0, 3);
    const half = whole.pixels.length / 2;
    const halves = [whole.pixels.subarray(0, half), whole.pixels.subarray(half)];
    const pooled = fitOf(fit(halves.map((pixels) => ({ pixels, width: 160, height: 64 }))));
    const single = fitOf(fit([whole]));
    expect(pooled.tissuePixels).toBe(single.tissuePixels);
    pooled.stainMatrix.forEach((value, i) => {
      expect(value).toBeCloseTo(single.stainMatrix[i] as number, 6);
    });
    expect(pooled.maximumConcentrations[0]).toBeCloseTo(single.maximumConcentrations[0], 3);
  });

  it('maps a slide to the stains of the target', () => {
    const tile = slide(160, 120, REAL, 1, 0.3);
    const output = new Uint8Array(tile.pixels.length);
    normalise(tile.pixels, source, target, output);
    const after = fitOf(fit([{ ...tile, pixels: output }]));
    after.stainMatrix.forEach((value, i) => {
      expect(Math.abs(value - (target.stainMatrix[i] as number))).toBeLessThan(0.03);
    });
    expect(after.maximumConcentrations[0] / target.maximumConcentrations[0]).toBeCloseTo(1, 1);
  });

  it('computes what its definition says', () => {
    // Orthogonal stains that are channels: haematoxylin red, eosin green, the rest blue.
    const plain: MacenkoFit = {
      stainMatrix: [1, 0, 0, 1, 0, 0],
      maximumConcentrations: [1, 1],
      maximumResidual: 1,
      tissuePixels: 1,
    };
    const strong: MacenkoFit = { ...plain, maximumConcentrations: [2, 0.5], maximumResidual: 0 };
    const output = new Uint8Array(3);
    normalise(Uint8Array.of(119, 59, 99), plain, strong, output);
    // od doubles: 240 (1/2)^2 = 60; halves: 240 (1/4)^(1/2) = 120; stays: 100.
    const expected = [60, 120, 100];
    output.forEach((value, c) => {
      expect([expected[c], (expected[c] as number) - 1]).toContain(value);
    });
  });

  it('scales what the stains leave over by a quarter to four', () => {
    const plain = { stainMatrix: [1, 0, 0, 1, 0, 0], maximumConcentrations: [1, 1], tissuePixels: 1 } as const;
    const output = new Uint8Array(3);
    // od of blue is ln 16, times 4 or a quarter and no more.
    for (const [ratio, light] of [
      [0.001, 120],
      [0.25, 120],
      [0.5, 60],
      [1000, 0],
      [Number.NaN, 15],
      [-1, 15],
    ] as const) {
      const target = { ...plain, maximumResidual: ratio };
      normalise(Uint8Array.of(119, 119, 14), { ...plain, maximumResidual: 1 }, target, output);
      expect(Math.abs((output[2] as number) + 0.5 - light)).toBeLessThanOrEqual(0.5);
    }
    normalise(
      Uint8Array.of(119, 119, 119),
      { ...plain, maximumResidual: 1 },
      { ...plain, maximumResidual: 99 },
      output,
    );
    expect(Math.abs((output[2] as number) + 0.5 - 15)).toBeLessThanOrEqual(0.5);
  });

  it('refuses a blank slide, one of glass with noise, and one of greys', () => {
    const white = { pixels: new Uint8Array(128 * 128 * 3).fill(255), width: 128, height: 128 };
    expect(fit([white])).toEqual({ isFitted: false, reason: 'too little tissue', tissuePixels: 0 });
    expect(fit([noise(128, 128, 225, 252)])).toEqual({
      isFitted: false,
      reason: 'too little tissue',
      tissuePixels: 0,
    });
    expect(fit([greys(128, 128)])).toMatchObject({ isFitted: false, reason: 'stains not separable' });
  });

  it('takes as much tissue as is asked for, and no less', () => {
    const tile = slide(40, 30, REAL, 1, 0);
    const { tissuePixels } = fitOf(fit([tile], { minimumTissuePixels: 1 }));
    expect(fit([tile], { minimumTissuePixels: tissuePixels }).isFitted).toBe(true);
    expect(fit([tile], { minimumTissuePixels: tissuePixels + 1 })).toMatchObject({ reason: 'too little tissue' });
    expect(() => fit([tile], { minimumTissuePixels: 0 })).toThrow(RangeError);
  });

  it('leaves white at most 10 levels darker, whatever the fits', () => {
    const tile = noise(64, 64, 239, 256);
    const output = new Uint8Array(tile.pixels.length);
    for (const [from, to] of [
      [source, target],
      [target, source],
    ] as const) {
      for (const concentrations of [[0.1, 3] as const, [3, 0.1] as const, from.maximumConcentrations]) {
        normalise(tile.pixels, { ...from, maximumConcentrations: concentrations }, to, output);
        const darkest = Math.min(...output.map((value, i) => 128 + value - (tile.pixels[i] as number)));
        expect(darkest - 128).toBeGreaterThanOrEqual(-10);
      }
    }
  });

  it('refuses lengths and fits that are none', () => {
    const pixels = new Uint8Array(6);
    expect(() => normalise(new Uint8Array(5), source, target, new Uint8Array(5))).toThrow(RangeError);
    expect(() => normalise(pixels, source, target, new Uint8Array(3))).toThrow(RangeError);
    const wrong: Partial<MacenkoFit>[] = [
      { maximumConcentrations: [0, 1] },
      { maximumConcentrations: [1, Number.NaN] },
      { maximumConcentrations: [1, 1e-9] },
      { stainMatrix: [1, 1, 1, 1, 1, 1] },
      { stainMatrix: [1, Number.NaN, 0, 1, 0, 0] },
    ];
    for (const part of wrong) {
      expect(() => normalise(pixels, { ...source, ...part }, target, pixels)).toThrow(RangeError);
    }
    expect(() => fit([])).toThrow(RangeError);
    expect(() => fit([{ pixels, width: 1, height: 1 }])).toThrow(RangeError);
  });
});

describe.each([
  { by: 'the addon or its fallback', fit: fitReinhard, normalise: reinhardNormalise },
  { by: 'the twin', fit: fitReinhardTwin, normalise: reinhardNormaliseTwin },
])('Reinhard by $by', ({ fit, normalise }) => {
  const tile = slide(160, 120, REAL, 1, 0.3);
  const source = fitOf(fit([tile]));
  const target = fitOf(
    fit([
      slide(
        140,
        150,
        [
          [0.55, 0.75, 0.36],
          [0.15, 0.9, 0.41],
        ],
        0.8,
        0.2,
        5,
      ),
    ]),
  );

  it('gives the mean and the deviation of the target', () => {
    const output = new Uint8Array(tile.pixels.length);
    normalise(tile, source, target, output);
    const after = fitOf(fit([{ ...tile, pixels: output }]));
    for (const k of [0, 1, 2] as const) {
      expect(Math.abs(after.means[k] - target.means[k])).toBeLessThan(1.5);
      expect(after.standardDeviations[k] / target.standardDeviations[k]).toBeCloseTo(1, 0);
    }
  });

  it('changes nothing with the same fit for source and target, but what rounds', () => {
    const all = noise(128, 128, 0, 256);
    const own = fitOf(fit([all]));
    const output = new Uint8Array(all.pixels.length);
    normalise(all, { ...own, tissueThreshold: 255 }, own, output);
    expect(Math.max(...output.map((value, i) => Math.abs(value - (all.pixels[i] as number))))).toBe(0);
  });

  it('leaves a blank tile as it is', () => {
    const blank = noise(64, 64, 243, 250);
    const output = new Uint8Array(blank.pixels.length);
    normalise(blank, source, target, output);
    expect(output).toEqual(blank.pixels);
  });

  it('pools tiles and refuses blank ones and greys', () => {
    const pooled = fitOf(fit([tile, tile]));
    pooled.means.forEach((value, k) => {
      expect(value).toBeCloseTo(source.means[k] as number, 9);
    });
    expect(pooled.tissuePixels).toBe(2 * source.tissuePixels);
    expect(fit([noise(128, 128, 225, 252)])).toMatchObject({ isFitted: false, reason: 'too little tissue' });
    expect(fit([greys(128, 128)])).toMatchObject({ isFitted: false, reason: 'no colour variation' });
  });

  it('refuses lengths and fits that are none', () => {
    expect(() => normalise(tile, source, target, new Uint8Array(3))).toThrow(RangeError);
    const output = new Uint8Array(tile.pixels.length);
    const wrong: Partial<ReinhardFit>[] = [
      { standardDeviations: [1, 0, 1] },
      { means: [Number.NaN, 1, 1] },
      { tissueThreshold: 300 },
      { standardDeviations: [1e-320, 1, 1] },
    ];
    for (const part of wrong) {
      expect(() => normalise(tile, { ...source, ...part }, target, output)).toThrow(RangeError);
    }
    expect(() => fit([])).toThrow(RangeError);
  });
});

describe('LAB tables', () => {
  it('give back each grey byte and each primary', () => {
    const { rows, matrix, base, threshold } = labTables();
    for (let v = 0; v < 256; v++) {
      const xyz = [0, 1, 2].map((j) => [0, 1, 2].reduce((sum, c) => sum + (rows[(c * 256 + v) * 4 + j] as number), 0));
      for (let c = 0; c < 3; c++) {
        const light = xyz.reduce((sum, value, j) => sum + value * (matrix[3 * c + j] as number), 0);
        const piece = Math.min(Math.trunc(light * 4096), 4096);
        expect((base[piece] as number) + (light >= (threshold[piece] as number) ? 1 : 0)).toBe(v);
      }
    }
  });
});
