import { describe, expect, it } from 'vitest';
import { type Affine, gridWithSpacing, indexTransform, resampleVolume, spacingOf, type VolumeGrid } from './index.js';

const affine = (...values: number[]) => values as unknown as Affine;
const IDENTITY = affine(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0);

/** `numpy.arange(60).reshape(3, 4, 5) ** 1.5`, as depth, height, width */
const values = Float64Array.from({ length: 60 }, (_, i) => i ** 1.5);
const size = { width: 5, height: 4, depth: 3 };
const one = { width: 1, height: 1, depth: 1 };

describe('resampleVolume', () => {
  it('agrees with ndimage.map_coordinates(v, [0.5, 1.25, 3.75], order=1) of SciPy 1.17.1', () => {
    const output = new Float32Array(1);
    const at = affine(1, 0, 0, 3.75, 0, 1, 0, 1.25, 0, 0, 1, 0.5);
    resampleVolume(values, size, at, one, { interpolation: 'linear' }, output);
    expect(output[0]).toBe(Math.fround(98.41393510469932));
  });

  it('keeps a volume on its own grid, and a linear one at any place', () => {
    const output = new Float32Array(60);
    resampleVolume(values, size, IDENTITY, size, { interpolation: 'linear' }, output);
    expect([...output]).toEqual([...values].map(Math.fround));

    const linear = Float64Array.from(
      { length: 60 },
      (_, i) => 2 * (i % 5) - 3 * (Math.floor(i / 5) % 4) + Math.floor(i / 20),
    );
    // A turn about no axis of the grid: every index lies inside.
    const turned = affine(0.5, 0.25, 0.125, 0.5, 0.125, 0.5, 0.25, 0.25, 0.25, 0.125, 0.25, 0.5);
    const to = { width: 3, height: 3, depth: 2 };
    const got = new Float32Array(18);
    resampleVolume(linear, size, turned, to, { interpolation: 'linear', outside: Number.NaN }, got);
    for (let i = 0; i < 18; i++) {
      const [x, y, z] = [i % 3, Math.floor(i / 3) % 3, Math.floor(i / 9)];
      const index = [0, 4, 8].map(
        (row) =>
          (turned[row] as number) * x +
          (turned[row + 1] as number) * y +
          (turned[row + 2] as number) * z +
          (turned[row + 3] as number),
      ) as [number, number, number];
      expect(got[i]).toBe(2 * index[0] - 3 * index[1] + index[2]);
    }
  });

  it('ends half an element beyond the outermost centres', () => {
    const line = { width: 3, height: 1, depth: 1 };
    const to = { width: 9, height: 1, depth: 1 };
    const output = new Float32Array(9);
    // -0.75, -0.5, -0.25, ... 2.25 at eighths of steps
    const steps = affine(0.5, 0, 0, -1, 0, 1, 0, 0, 0, 0, 1, 0);
    resampleVolume(Float32Array.of(10, 20, 40), line, steps, to, { interpolation: 'linear', outside: -1 }, output);
    expect([...output]).toEqual([-1, 10, 10, 15, 20, 30, 40, -1, -1]);
    const labels = new Uint8Array(9);
    resampleVolume(Uint8Array.of(1, 2, 4), line, steps, to, { interpolation: 'nearest', outside: 9 }, labels);
    expect([...labels]).toEqual([9, 1, 1, 2, 2, 4, 4, 9, 9]);
  });

  it('refuses what does not fit', () => {
    const output = new Float32Array(1);
    const run = (transform: Affine, outside: number, target: Float32Array | Uint8Array) =>
      resampleVolume(Uint8Array.of(1), one, transform, one, { interpolation: 'nearest', outside }, target);
    expect(() => run(IDENTITY, 0, output)).toThrow(/of the type of the input/);
    expect(() => run(IDENTITY, 256, new Uint8Array(1))).toThrow(/outside does not fit/);
    expect(() => run(affine(1, 0), 0, new Uint8Array(1))).toThrow(/twelve finite numbers/);
    expect(() => run(IDENTITY, 0, new Uint8Array(2))).toThrow(/output needs 1/);
    expect(() => resampleVolume(output, one, IDENTITY, one, { interpolation: 'linear' }, new Float64Array(1))).toThrow(
      /Float32Array/,
    );
    expect(() =>
      resampleVolume(output, { ...one, width: 0 }, IDENTITY, one, { interpolation: 'linear' }, output),
    ).toThrow(/from\.width/);
  });
});

describe('grids in millimetres', () => {
  // As of a CT: x to the left, y to the back, slices of 2.5 mm from below.
  const ct: VolumeGrid = {
    width: 100,
    height: 80,
    depth: 10,
    affine: affine(-0.8, 0, 0, 40, 0, -0.8, 0, 32, 0, 0, 2.5, -100),
  };

  it('cover the same part of the patient with another spacing', () => {
    const grid = gridWithSpacing(ct, [1.6, 1.6, 1]);
    expect([grid.width, grid.height, grid.depth]).toEqual([50, 40, 25]);
    for (const [axis, value] of spacingOf(grid.affine).entries())
      expect(value).toBeCloseTo([1.6, 1.6, 1][axis] as number, 12);
    // The outer face of the first element: half an element before its centre.
    const face = (g: VolumeGrid, axis: number) =>
      (g.affine[axis * 4 + 3] as number) - (g.affine[axis * 5] as number) / 2;
    for (const axis of [0, 1, 2]) expect(face(grid, axis)).toBeCloseTo(face(ct, axis), 9);
  });

  it('lead from index to index by way of the patient', () => {
    const oblique = affine(0.6, -0.64, 0.24, 5, 0.8, 0.48, -0.18, -7, 0, 0.6, 2.4, 30);
    const m = indexTransform(oblique, ct.affine);
    const apply = (a: Affine, p: number[]) =>
      [0, 4, 8].map((row) =>
        [0, 1, 2].reduce((sum, i) => sum + (a[row + i] as number) * (p[i] as number), a[row + 3] as number),
      );
    const inCt = [11, 22, 3];
    const there = apply(ct.affine, inCt);
    for (const [axis, value] of apply(oblique, apply(m, inCt)).entries())
      expect(value).toBeCloseTo(there[axis] as number, 9);
    expect(() => indexTransform(affine(1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0), ct.affine)).toThrow(/no inverse/);
  });
});
