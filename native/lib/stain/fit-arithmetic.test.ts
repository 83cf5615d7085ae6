import { describe, expect, it } from 'vitest';
import { histogramPercentile } from './histogram-percentile.js';
import { cross, dot, principalAxes } from './principal-axes.js';
import { mixingMatrix, unmixingMatrix } from './stain-matrix.js';

describe('histogramPercentile', () => {
  it('spreads the values of a bin evenly over it', () => {
    // Ranks 0..9 in bin 2 lie at 2.05, 2.15 .. 2.95; the median has rank 4.5.
    expect(histogramPercentile(Uint32Array.of(0, 0, 10, 0), 0.5)).toBeCloseTo(2.5, 12);
    expect(histogramPercentile(Uint32Array.of(0, 0, 10, 0), 0)).toBeCloseTo(2.05, 12);
    expect(histogramPercentile(Uint32Array.of(0, 0, 10, 0), 1)).toBeCloseTo(2.95, 12);
  });

  it('finds the bin of the rank', () => {
    const counts = Uint32Array.of(50, 49, 0, 1);
    expect(Math.trunc(histogramPercentile(counts, 0.49))).toBe(0);
    expect(Math.trunc(histogramPercentile(counts, 0.51))).toBe(1);
    expect(Math.trunc(histogramPercentile(counts, 1))).toBe(3);
    expect(histogramPercentile(Uint32Array.of(1), 0.99)).toBe(0.5);
  });

  it('is NaN where there is nothing', () => {
    expect(histogramPercentile(new Uint32Array(4), 0.5)).toBeNaN();
  });
});

describe('principalAxes', () => {
  it('are the axes of a diagonal matrix, by size', () => {
    const [first, second, third] = principalAxes([1, 3, 2, 0, 0, 0]);
    expect([first, second, third]).toEqual([
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ]);
  });

  it('are orthonormal eigenvectors of any symmetric matrix', () => {
    let state = 11;
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    };
    for (let round = 0; round < 200; round++) {
      const scale = 10 ** (8 * next());
      const [xx, yy, zz, xy, xz, yz] = Array.from({ length: 6 }, () => scale * next()) as [
        ...[number, number, number],
        ...[number, number, number],
      ];
      const axes = principalAxes([xx, yy, zz, xy, xz, yz]);
      const values = axes.map(([x, y, z]) => {
        const image = [xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z] as const;
        const value = dot(image, [x, y, z]);
        for (const [component, part] of [x, y, z].entries()) {
          expect(Math.abs((image[component] as number) - value * part)).toBeLessThan(1e-13 * scale);
        }
        return value;
      });
      expect(values).toEqual([...values].sort((a, b) => b - a));
      expect(Math.abs(dot(axes[0], axes[1]))).toBeLessThan(1e-14);
      expect(Math.abs(dot(cross(axes[0], axes[1]), axes[2]))).toBeCloseTo(1, 13);
    }
  });

  it('end for a matrix of nothing, and for one of equal values', () => {
    expect(principalAxes([0, 0, 0, 0, 0, 0]).flat()).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(principalAxes([1, 1, 1, 1, 1, 1])[0][0]).toBeCloseTo(Math.sqrt(1 / 3), 12);
  });
});

describe('unmixingMatrix', () => {
  it('is the inverse of the mixing matrix', () => {
    const stains = [0.65, 0.26, 0.72, 0.62, 0.23, 0.74];
    const [mixing, unmixing] = [mixingMatrix(stains), unmixingMatrix(stains)];
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        const sum = [0, 1, 2].reduce(
          (total, k) => total + (mixing[3 * row + k] ?? 0) * (unmixing[3 * k + column] ?? 0),
          0,
        );
        expect(sum).toBeCloseTo(row === column ? 1 : 0, 12);
      }
    }
  });
});
