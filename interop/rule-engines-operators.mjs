// Norms, hedges and terms with comparisons of one's choice: a plain reference, beside the product's own.

/** @typedef {{ eq: Compare, lt: Compare, le: Compare, gt: Compare, ge: Compare }} Comparisons */
/** @typedef {(a: number, b: number) => boolean} Compare */

/** @returns {Comparisons} */
export function comparisons({ epsilon, lenient }) {
  const eq = (a, b) => a === b || Math.abs(a - b) < epsilon || (Number.isNaN(a) && Number.isNaN(b));
  const lt = (a, b) => !eq(a, b) && a < b;
  const limit = lenient ? (x) => x : (x) => Math.min(1, x);
  const known = (of) => (a, b) => {
    if (lenient && Number.isNaN(a)) return b;
    return lenient && Number.isNaN(b) ? a : of(a, b);
  };
  return {
    ...{ eq, lt, le: (a, b) => eq(a, b) || a < b, gt: (a, b) => lt(b, a), ge: (a, b) => eq(a, b) || a > b },
    ...{ limit, min: known(Math.min), max: known(Math.max), isDual: !lenient },
  };
}

export const NORMS = {
  Minimum: ({ min }) => min,
  AlgebraicProduct: () => (a, b) => a * b,
  BoundedDifference:
    ({ max }) =>
    (a, b) =>
      max(0, a + b - 1),
  DrasticProduct:
    ({ eq, min, max }) =>
    (a, b) =>
      eq(max(a, b), 1) ? min(a, b) : 0,
  EinsteinProduct: () => (a, b) => (a * b) / (2 - (a + b - a * b)),
  HamacherProduct:
    ({ eq }) =>
    (a, b) =>
      eq(a + b, 0) ? 0 : (a * b) / (a + b - a * b),
  NilpotentMinimum:
    ({ gt, min }) =>
    (a, b) =>
      gt(a + b, 1) ? min(a, b) : 0,
  Maximum: ({ max }) => max,
  AlgebraicSum:
    ({ limit }) =>
    (a, b) =>
      limit(a + b - a * b),
  BoundedSum:
    ({ min }) =>
    (a, b) =>
      min(1, a + b),
  DrasticSum:
    ({ eq, min, max }) =>
    (a, b) =>
      eq(min(a, b), 0) ? max(a, b) : 1,
  EinsteinSum:
    ({ limit }) =>
    (a, b) =>
      limit((a + b) / (1 + a * b)),
  HamacherSum: (c) => (a, b) => {
    if (c.isDual) return 1 - NORMS.HamacherProduct(c)(1 - a, 1 - b);
    return c.eq(a * b, 1) ? 1 : (a + b - 2 * a * b) / (1 - a * b);
  },
  NilpotentMaximum:
    ({ lt, max }) =>
    (a, b) =>
      lt(a + b, 1) ? max(a, b) : 1,
  NormalizedSum:
    ({ max }) =>
    (a, b) =>
      (a + b) / max(1, a + b),
  UnboundedSum: () => (a, b) => a + b,
};

export const HEDGES = {
  not: () => (x) => 1 - x,
  very: () => (x) => x * x,
  somewhat: () => Math.sqrt,
  any: () => () => 1,
  extremely:
    ({ le }) =>
    (x) =>
      le(x, 0.5) ? 2 * x * x : 1 - 2 * (1 - x) * (1 - x),
  seldom:
    ({ le }) =>
    (x) =>
      le(x, 0.5) ? Math.sqrt(x / 2) : 1 - Math.sqrt((1 - x) / 2),
};

const gauss = (x, mean, deviation) => Math.exp(-((x - mean) ** 2) / (2 * deviation ** 2));
const logistic = (x, inflection, slope) => 1 / (1 + Math.exp(-slope * (x - inflection)));

function rise({ le, lt }, x, start, end) {
  if (le(x, start)) return 0;
  const t = (x - start) / (end - start);
  if (le(x, (start + end) / 2)) return 2 * t * t;
  return lt(x, end) ? 1 - 2 * ((1 - t) * (1 - t)) : 1;
}

function fall({ le, lt }, x, start, end) {
  if (le(x, start)) return 1;
  const t = (x - start) / (end - start);
  if (le(x, (start + end) / 2)) return 1 - 2 * t * t;
  return lt(x, end) ? 2 * ((1 - t) * (1 - t)) : 0;
}

function trapezoid({ lt, gt, eq, le }, x, [a, b, c, d]) {
  if (lt(x, a) || gt(x, d)) return 0;
  if (b === c && eq(x, b)) return 1;
  if (lt(x, b)) return a === Number.NEGATIVE_INFINITY ? 1 : (x - a) / (b - a);
  if (b !== c && le(x, c)) return 1;
  // Within epsilon beyond an upright side there is nothing to divide by.
  if (b !== c && !lt(x, d)) return d === Number.POSITIVE_INFINITY ? 1 : 0;
  return d === Number.POSITIVE_INFINITY ? 1 : (d - x) / (d - c);
}

const SHAPES = {
  Triangle: (c, x, [left, top, right]) => trapezoid(c, x, [left, top, top, right]),
  Trapezoid: trapezoid,
  Rectangle: ({ ge, le }, x, [start, end]) => Number(ge(x, start) && le(x, end)),
  Ramp: ({ eq, lt, le, ge }, x, [start, end]) => {
    if (eq(start, end)) return 0;
    if (lt(start, end) ? le(x, start) : ge(x, start)) return 0;
    return (lt(start, end) ? ge(x, end) : le(x, end)) ? 1 : (x - start) / (end - start);
  },
  Gaussian: (_, x, [mean, deviation]) => gauss(x, mean, deviation),
  GaussianProduct: ({ lt, gt }, x, [meanA, deviationA, meanB, deviationB]) =>
    (lt(x, meanA) ? gauss(x, meanA, deviationA) : 1) * (gt(x, meanB) ? gauss(x, meanB, deviationB) : 1),
  Bell: (_, x, [centre, width, slope]) => 1 / (1 + Math.abs((x - centre) / width) ** (2 * slope)),
  Sigmoid: (_, x, [inflection, slope]) => logistic(x, inflection, slope),
  SigmoidDifference: (_, x, [left, rising, falling, right]) =>
    Math.abs(logistic(x, left, rising) - logistic(x, right, falling)),
  SigmoidProduct: (_, x, [left, rising, falling, right]) => logistic(x, left, rising) * logistic(x, right, falling),
  Spike: (_, x, [centre, width]) => Math.exp(-Math.abs((10 / width) * (x - centre))),
  SShape: (c, x, [start, end]) => rise(c, x, start, end),
  ZShape: (c, x, [start, end]) => fall(c, x, start, end),
  PiShape: (c, x, [a, b, d, e]) => rise(c, x, a, b) * fall(c, x, d, e),
  Cosine: ({ lt, gt }, x, [centre, width]) =>
    lt(x, centre - width / 2) || gt(x, centre + width / 2)
      ? 0
      : 0.5 * (1 + Math.cos((2 / width) * Math.PI * (x - centre))),
  Concave: ({ le, lt, gt }, x, [inflection, end]) => {
    if (le(inflection, end)) return lt(x, end) ? (end - inflection) / (2 * end - inflection - x) : 1;
    return gt(x, end) ? (inflection - end) / (inflection - 2 * end + x) : 1;
  },
  Binary: ({ ge, le }, x, [start, direction]) => Number(direction > start ? ge(x, start) : le(x, start)),
};

function discrete({ le, ge, eq }, x, points) {
  const [first, last] = [points[0], points[points.length - 1]];
  if (le(x, first[0])) return first[1];
  if (ge(x, last[0])) return last[1];
  const after = points.findIndex(([at]) => at >= x);
  const [[x0, y0], [x1, y1]] = [points[after - 1], points[after]];
  return eq(x, x1) ? y1 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

/** The degree of membership of a term that is a fuzzy set. */
export function membership(compare, { kind, shape, parameters, points, height }, x) {
  return height * (kind === 'discrete' ? discrete(compare, x, points) : SHAPES[shape](compare, x, parameters));
}
