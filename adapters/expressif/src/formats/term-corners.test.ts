import { describe, expect, it } from 'vitest';
import { degreeOf } from '../fuzzy/degree-of.js';
import type { ShapeName } from '../fuzzy/shapes.js';
import type { TermDefinition } from '../knowledge-base.js';
import { cornersOf, hasJump, termOfCorners } from './term-corners.js';

const INF = Number.POSITIVE_INFINITY;
const term = (shape: ShapeName, parameters: readonly number[], height = 1): TermDefinition => ({
  kind: 'shape',
  shape,
  parameters,
  height,
});

const STRAIGHT: readonly TermDefinition[] = [
  term('Triangle', [1, 2, 4]),
  term('Triangle', [1, 1, 4]),
  term('Triangle', [1, 4, 4]),
  term('Triangle', [2, 2, 2]),
  term('Triangle', [-INF, 2, 4]),
  term('Triangle', [1, 2, INF]),
  term('Trapezoid', [1, 2, 3, 4], 0.5),
  term('Trapezoid', [1, 1, 4, 4]),
  term('Trapezoid', [-INF, -INF, 2, 4]),
  term('Trapezoid', [-INF, 1, 2, INF]),
  term('Trapezoid', [-INF, -INF, INF, INF]),
  term('Rectangle', [1, 3]),
  term('Rectangle', [3, 1]),
  term('Rectangle', [2, 2]),
  term('Rectangle', [-INF, 2]),
  term('Ramp', [1, 3]),
  term('Ramp', [3, 1], 0.25),
  term('Ramp', [2, 2]),
  term('Binary', [2, INF]),
  term('Binary', [2, -INF]),
  {
    kind: 'discrete',
    points: [
      [1, 0.5],
      [2, 0],
      [2, 1],
      [2, 1],
      [3, 0.25],
    ],
    height: 0.5,
  },
];

describe('cornersOf and termOfCorners', () => {
  it.each(STRAIGHT)('give the same function as $shape $parameters', (straight) => {
    const corners = cornersOf(straight);
    expect(corners).toBeDefined();
    const again = termOfCorners(corners ?? []);
    for (let x = -1; x <= 6; x += 0.125) expect(degreeOf(again, x)).toBeCloseTo(degreeOf(straight, x), 12);
  });

  it.each([term('Triangle', [1, 2, 4]), term('Trapezoid', [1, 2, 3, 4]), term('Ramp', [1, 3]), term('Ramp', [3, 1])])(
    'find $shape $parameters again',
    (straight) => expect(termOfCorners(cornersOf(straight) ?? [])).toEqual(straight),
  );

  it.each([
    term('Gaussian', [1, 2]),
    term('Triangle', [3, 2, 1]),
    term('Binary', [INF, INF]),
    { kind: 'constant', value: 1 },
    { kind: 'discrete', points: [[0, 2]], height: 1 },
  ] as const)('find none of %o', (other) => expect(cornersOf(other as TermDefinition)).toBeUndefined());

  it('tell where the degree jumps', () => {
    expect(hasJump(cornersOf(term('Rectangle', [1, 3])) ?? [])).toBe(true);
    expect(hasJump(cornersOf(term('Triangle', [1, 2, 4])) ?? [])).toBe(false);
  });
});
