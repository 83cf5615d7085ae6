/** A function of two degrees of membership, each 0 to 1, that answers a degree. */
export type DegreeOperator = (a: number, b: number) => number;

// The quotient has no value at (0, 0), where its limit is 0.
function hamacherProduct(a: number, b: number): number {
  return a === 0 && b === 0 ? 0 : (a * b) / (a + b - a * b);
}

/**
 * Triangular norms: how `and` and an implication combine two degrees.
 *
 * Klement, Mesiar and Pap, Triangular Norms (2000), chapter 2; the names are those of the FuzzyLite language.
 */
export const tNorms = {
  Minimum: Math.min,
  AlgebraicProduct: (a, b) => a * b,
  BoundedDifference: (a, b) => Math.max(0, a + b - 1),
  DrasticProduct: (a, b) => (Math.max(a, b) === 1 ? Math.min(a, b) : 0),
  EinsteinProduct: (a, b) => (a * b) / (2 - (a + b - a * b)),
  HamacherProduct: hamacherProduct,
  NilpotentMinimum: (a, b) => (a + b > 1 ? Math.min(a, b) : 0),
} as const satisfies Record<string, DegreeOperator>;

/**
 * Triangular conorms: how `or` and an aggregation combine two degrees. `UnboundedSum` is none by definition,
 * for its result may pass 1; it belongs to the formats that are read here.
 */
export const sNorms = {
  Maximum: Math.max,
  // Rounding alone may carry a sum past 1, where its negation would be no degree any more.
  AlgebraicSum: (a, b) => Math.min(1, a + b - a * b),
  BoundedSum: (a, b) => Math.min(1, a + b),
  DrasticSum: (a, b) => (Math.min(a, b) === 0 ? Math.max(a, b) : 1),
  EinsteinSum: (a, b) => Math.min(1, (a + b) / (1 + a * b)),
  // By duality: the usual quotient, (a + b - 2ab) / (1 - ab), loses all its digits near (1, 1).
  HamacherSum: (a, b) => 1 - hamacherProduct(1 - a, 1 - b),
  NilpotentMaximum: (a, b) => (a + b < 1 ? Math.max(a, b) : 1),
  NormalizedSum: (a, b) => (a + b) / Math.max(1, a + b),
  UnboundedSum: (a, b) => a + b,
} as const satisfies Record<string, DegreeOperator>;

export type TNorm = keyof typeof tNorms;
export type SNorm = keyof typeof sNorms;

export const isTNorm = (name: string): name is TNorm => Object.hasOwn(tNorms, name);
export const isSNorm = (name: string): name is SNorm => Object.hasOwn(sNorms, name);
