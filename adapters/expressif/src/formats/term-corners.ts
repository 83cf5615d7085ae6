import type { TermDefinition } from '../knowledge-base.js';

export type Corner = readonly [x: number, degree: number];

/**
 * The corners of a term that consists of straight lines, each end held. Where an `x` repeats, the first degree
 * listed holds there, unless the second is listed twice.
 *
 * @returns undefined where the term is a curve or a value, or its parameters are out of order
 */
export function cornersOf(term: TermDefinition): readonly Corner[] | undefined {
  if (term.kind !== 'shape' && term.kind !== 'discrete') return undefined;
  const corners = term.kind === 'discrete' ? term.points : cornersOfShape(term.shape, term.parameters);
  const isSound = corners?.every(([x, degree]) => Number.isFinite(x) && degree >= 0 && degree <= 1) === true;
  return isSound ? corners?.map(([x, degree]) => [x, degree * term.height] as const) : undefined;
}

function cornersOfShape(shape: string, parameters: readonly number[]): readonly Corner[] | undefined {
  const [a, b, c, d] = parameters as readonly [number, number, number, number];
  switch (shape) {
    case 'Triangle':
      return trapezoid(a, b, b, c);
    case 'Trapezoid':
      return trapezoid(a, b, c, d);
    case 'Rectangle':
      return trapezoid(Math.min(a, b), Math.min(a, b), Math.max(a, b), Math.max(a, b));
    case 'Ramp':
      if (a === b) return [[a, 0]];
      return a < b
        ? [
            [a, 0],
            [b, 1],
          ]
        : [
            [b, 1],
            [a, 0],
          ];
    case 'Binary':
      return b > 0 ? [...rise(a, a)] : [...fall(a, a)];
    default:
      return undefined;
  }
}

function trapezoid(a: number, b: number, c: number, d: number): readonly Corner[] | undefined {
  if (!(a <= b && b <= c && c <= d)) return undefined;
  const left = a === Number.NEGATIVE_INFINITY ? (b === a ? [] : [[b, 1] as const]) : rise(a, b);
  const right = d === Number.POSITIVE_INFINITY ? (c === d ? [] : [[c, 1] as const]) : fall(c, d);
  const corners = b === c && left.length > 0 && right.length > 0 ? [...left, ...right.slice(1)] : [...left, ...right];
  return corners.length === 0 ? [[0, 1]] : corners;
}

/** Where the rise is a jump, the upper degree holds at it. */
const rise = (from: number, to: number): readonly Corner[] =>
  from === to
    ? [
        [from, 0],
        [to, 1],
        [to, 1],
      ]
    : [
        [from, 0],
        [to, 1],
      ];

const fall = (from: number, to: number): readonly Corner[] => [
  [from, 1],
  [to, 0],
];

/** Whether the degree jumps at some `x`: engines differ on which of the two holds at that very point. */
export const hasJump = (corners: readonly Corner[]): boolean => corners.some(([x], i) => corners[i + 1]?.[0] === x);

/** The plainest term with these corners: a shape with a name where there is one. @param corners in ascending order */
export function termOfCorners(corners: readonly Corner[]): TermDefinition {
  const xs = corners.map(([x]) => x);
  const pattern = hasJump(corners) ? '' : corners.map(([, degree]) => degree).join(' ');
  const shape = (name: 'Ramp' | 'Triangle' | 'Trapezoid', parameters: readonly number[]): TermDefinition => ({
    kind: 'shape',
    shape: name,
    parameters,
    height: 1,
  });
  switch (pattern) {
    case '0 1':
      return shape('Ramp', xs);
    case '1 0':
      return shape('Ramp', [...xs].reverse());
    case '0 1 0':
      return shape('Triangle', xs);
    case '0 1 1 0':
      return shape('Trapezoid', xs);
    default:
      return { kind: 'discrete', points: corners, height: 1 };
  }
}
