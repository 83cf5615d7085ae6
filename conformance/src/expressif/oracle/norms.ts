/** Conjunctions of two degrees, by their names in the FuzzyLite language. */
export const T_NORMS = {
  Minimum: (a, b) => Math.min(a, b),
  AlgebraicProduct: (a, b) => a * b,
  BoundedDifference: (a, b) => Math.max(0, a + b - 1),
  DrasticProduct: (a, b) => (Math.max(a, b) === 1 ? Math.min(a, b) : 0),
  EinsteinProduct: (a, b) => (a * b) / (2 - (a + b - a * b)),
  HamacherProduct: (a, b) => (a + b === 0 ? 0 : (a * b) / (a + b - a * b)),
  NilpotentMinimum: (a, b) => (a + b > 1 ? Math.min(a, b) : 0),
} as const satisfies Record<string, Norm>;

/** Disjunctions, and the ways to combine what several rules conclude. */
export const S_NORMS = {
  Maximum: (a, b) => Math.max(a, b),
  AlgebraicSum: (a, b) => a + b - a * b,
  BoundedSum: (a, b) => Math.min(1, a + b),
  DrasticSum: (a, b) => (Math.min(a, b) === 0 ? Math.max(a, b) : 1),
  EinsteinSum: (a, b) => (a + b) / (1 + a * b),
  HamacherSum: (a, b) => (a * b === 1 ? 1 : (a + b - 2 * a * b) / (1 - a * b)),
  NilpotentMaximum: (a, b) => (a + b < 1 ? Math.max(a, b) : 1),
  NormalizedSum: (a, b) => (a + b) / Math.max(1, a + b),
  UnboundedSum: (a, b) => a + b,
} as const satisfies Record<string, Norm>;

export type Norm = (a: number, b: number) => number;
export type TNormName = keyof typeof T_NORMS;
export type SNormName = keyof typeof S_NORMS;

/** What a hedge makes of a degree. */
export const HEDGES = {
  not: (x) => 1 - x,
  very: (x) => x * x,
  somewhat: (x) => Math.sqrt(x),
  extremely: (x) => (x <= 0.5 ? 2 * x * x : 1 - 2 * (1 - x) ** 2),
  seldom: (x) => (x <= 0.5 ? Math.sqrt(x / 2) : 1 - Math.sqrt((1 - x) / 2)),
  any: () => 1,
} as const satisfies Record<string, (x: number) => number>;
export type HedgeName = keyof typeof HEDGES;
