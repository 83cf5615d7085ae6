/** Positive and negative side of x, y and z in LPS. */
const SIDES = ['LR', 'PA', 'SI'] as const;

/** Where a letter of an orientation points: an axis of LPS, and along or against it. */
export interface Side {
  /** 0 is x (left), 1 is y (posterior), 2 is z (superior). */
  readonly axis: 0 | 1 | 2;
  readonly sign: 1 | -1;
}

/** The sides of an orientation such as "RAS"; undefined unless it names each axis of the body once. */
export function sidesOf(letters: string): [Side, Side, Side] | undefined {
  const sides = [...letters].map((letter): Side | undefined => {
    const axis = SIDES.findIndex((pair) => pair.includes(letter));
    return axis < 0 ? undefined : { axis: axis as Side['axis'], sign: SIDES[axis]?.[0] === letter ? 1 : -1 };
  });
  const isWhole = sides.length === 3 && [0, 1, 2].every((axis) => sides.some((side) => side?.axis === axis));
  return isWhole ? (sides as [Side, Side, Side]) : undefined;
}

/**
 * The side that each index axis (width, height, depth) comes closest to; undefined for axes that lie
 * 45 degrees or more from every axis of the body, where any answer would be a guess.
 *
 * @param affine (width, height, depth) to millimetres in LPS: three rows of four
 */
export function closestSides(affine: readonly number[]): [Side, Side, Side] | undefined {
  const sides = [0, 1, 2].map((index): Side | undefined => {
    const column = [0, 1, 2].map((row) => affine[row * 4 + index] as number);
    const length = Math.hypot(...column);
    const axis = [0, 1, 2].find((row) => Math.abs(column[row] as number) > length * Math.SQRT1_2 * (1 + 1e-9));
    if (axis === undefined) return undefined;
    return { axis: axis as Side['axis'], sign: (column[axis] as number) > 0 ? 1 : -1 };
  });
  const isWhole = [0, 1, 2].every((axis) => sides.some((side) => side?.axis === axis));
  return isWhole ? (sides as [Side, Side, Side]) : undefined;
}

/** Letters of sides, for messages. */
export function nameSides(sides: readonly Side[]): string {
  return sides.map(({ axis, sign }) => SIDES[axis][sign > 0 ? 0 : 1]).join('');
}
