import { describe, expect, it } from 'vitest';
import { degreeOf } from '../fuzzy/degree-of.js';
import { type ShapeName, shapes } from '../fuzzy/shapes.js';
import type { TermDefinition } from '../knowledge-base.js';
import { termCorners } from './term-corners.js';

const parameters: Readonly<Record<ShapeName, readonly number[]>> = {
  Triangle: [1, 2, 4],
  Trapezoid: [1, 2, 3, 5],
  Rectangle: [1, 4],
  Ramp: [4, 1],
  Gaussian: [2, 0.5],
  GaussianProduct: [2, 0.5, 4, 1],
  Bell: [2, 1, 3],
  Sigmoid: [2, 5],
  SigmoidDifference: [1, 5, 5, 4],
  SigmoidProduct: [1, 5, -5, 4],
  Spike: [2, 3],
  SShape: [1, 4],
  ZShape: [1, 4],
  PiShape: [1, 2, 3, 4],
  Cosine: [2, 2],
  Concave: [1, 4],
  Binary: [2, 1],
};

describe('termCorners', () => {
  it.each(Object.keys(shapes) as ShapeName[])('bounds the steps of %s: none is missed between two corners', (shape) => {
    const definition: TermDefinition = { kind: 'shape', shape, parameters: parameters[shape], height: 1 };
    const corners = termCorners(definition);
    expect(corners).toEqual([...corners].sort((a, b) => a - b));
    const places = [-10, ...corners, 20];
    const degree = (x: number) => degreeOf(definition, x);
    // Between two corners, the degree goes one way only.
    for (const [index, low] of places.slice(0, -1).entries()) {
      const high = places[index + 1] as number;
      const inside = Array.from({ length: 50 }, (_, i) => degree(low + ((i + 0.5) * (high - low)) / 50));
      const steps = inside.slice(1).map((value, i) => value - (inside[i] as number));
      const both = Math.min(-Math.min(...steps), Math.max(...steps));
      expect(both, `${shape} between ${low} and ${high}`).toBeLessThanOrEqual(1e-3);
    }
  });

  it('takes the points of a term that is drawn, and none of a value', () => {
    const points = [
      [1, 0],
      [2, 1],
      [2, 0],
    ] as const;
    expect(termCorners({ kind: 'discrete', points, height: 1 })).toEqual([1, 2]);
    expect(termCorners({ kind: 'constant', value: 3 })).toEqual([]);
    const shoulder = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 3, 4];
    expect(termCorners({ kind: 'shape', shape: 'Trapezoid', parameters: shoulder, height: 1 })).toEqual([3, 4]);
  });
});
