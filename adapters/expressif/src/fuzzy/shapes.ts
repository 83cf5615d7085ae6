/**
 * Membership functions by shape. Each takes the parameters in the order of the FuzzyLite language and
 * answers, for a finite `x`, a degree of 0 to 1.
 */
type Shape = {
  /** The parameters' names, in order. */
  readonly parameters: readonly string[];
  readonly degree: (p: readonly number[], x: number) => number;
};

const square = (x: number): number => x * x;

const gaussian = (mean: number, deviation: number, x: number): number =>
  Math.exp(-square(x - mean) / (2 * square(deviation)));

const sigmoid = (inflection: number, slope: number, x: number): number => 1 / (1 + Math.exp(-slope * (x - inflection)));

/** From 0 at `start` to 1 at `end` in two halves of parabolas. */
const sShape = (start: number, end: number, x: number): number => {
  if (x <= start) return 0;
  if (x >= end) return 1;
  const t = (x - start) / (end - start);
  return t <= 0.5 ? 2 * t * t : 1 - 2 * square(1 - t);
};

const zShape = (start: number, end: number, x: number): number => {
  if (x <= start) return 1;
  if (x >= end) return 0;
  const t = (x - start) / (end - start);
  return t <= 0.5 ? 1 - 2 * t * t : 2 * square(1 - t);
};

/** A limit at infinity makes a shoulder: the degree stays 1 on that side. */
const trapezoid = (a: number, b: number, c: number, d: number, x: number): number => {
  if (x < a || x > d) return 0;
  if (x < b) return a === Number.NEGATIVE_INFINITY ? 1 : (x - a) / (b - a);
  if (x > c) return d === Number.POSITIVE_INFINITY ? 1 : (d - x) / (d - c);
  return 1;
};

const ramp = (start: number, end: number, x: number): number => {
  if (start === end) return 0;
  return Math.min(1, Math.max(0, (x - start) / (end - start)));
};

const concave = (inflection: number, end: number, x: number): number => {
  if (inflection <= end) return x < end ? (end - inflection) / (2 * end - inflection - x) : 1;
  return x > end ? (inflection - end) / (inflection - 2 * end + x) : 1;
};

export const shapes = {
  Triangle: {
    parameters: ['left', 'top', 'right'],
    degree: ([a, b, c], x) => trapezoid(a as number, b as number, b as number, c as number, x),
  },
  Trapezoid: {
    parameters: ['left', 'topLeft', 'topRight', 'right'],
    degree: ([a, b, c, d], x) => trapezoid(a as number, b as number, c as number, d as number, x),
  },
  Rectangle: {
    parameters: ['start', 'end'],
    degree: ([a, b], x) => (x >= Math.min(a as number, b as number) && x <= Math.max(a as number, b as number) ? 1 : 0),
  },
  Ramp: { parameters: ['start', 'end'], degree: ([s, e], x) => ramp(s as number, e as number, x) },
  Gaussian: {
    parameters: ['mean', 'standardDeviation'],
    degree: ([m, s], x) => gaussian(m as number, s as number, x),
  },
  GaussianProduct: {
    parameters: ['meanLeft', 'standardDeviationLeft', 'meanRight', 'standardDeviationRight'],
    degree: ([ml, sl, mr, sr], x) =>
      (x < (ml as number) ? gaussian(ml as number, sl as number, x) : 1) *
      (x > (mr as number) ? gaussian(mr as number, sr as number, x) : 1),
  },
  Bell: {
    parameters: ['center', 'width', 'slope'],
    degree: ([c, w, s], x) => 1 / (1 + Math.abs((x - (c as number)) / (w as number)) ** (2 * (s as number))),
  },
  Sigmoid: {
    parameters: ['inflection', 'slope'],
    degree: ([i, s], x) => sigmoid(i as number, s as number, x),
  },
  SigmoidDifference: {
    parameters: ['left', 'rising', 'falling', 'right'],
    degree: ([l, r, f, e], x) => Math.abs(sigmoid(l as number, r as number, x) - sigmoid(e as number, f as number, x)),
  },
  SigmoidProduct: {
    parameters: ['left', 'rising', 'falling', 'right'],
    degree: ([l, r, f, e], x) => sigmoid(l as number, r as number, x) * sigmoid(e as number, f as number, x),
  },
  Spike: {
    parameters: ['center', 'width'],
    degree: ([c, w], x) => Math.exp(-Math.abs((10 / (w as number)) * (x - (c as number)))),
  },
  SShape: { parameters: ['start', 'end'], degree: ([s, e], x) => sShape(s as number, e as number, x) },
  ZShape: { parameters: ['start', 'end'], degree: ([s, e], x) => zShape(s as number, e as number, x) },
  PiShape: {
    parameters: ['bottomLeft', 'topLeft', 'topRight', 'bottomRight'],
    degree: ([a, b, c, d], x) => sShape(a as number, b as number, x) * zShape(c as number, d as number, x),
  },
  Cosine: {
    parameters: ['center', 'width'],
    degree: ([c, w], x) =>
      Math.abs(x - (c as number)) > (w as number) / 2
        ? 0
        : 0.5 * (1 + Math.cos(((2 * Math.PI) / (w as number)) * (x - (c as number)))),
  },
  Concave: {
    parameters: ['inflection', 'end'],
    degree: ([i, e], x) => concave(i as number, e as number, x),
  },
  Binary: {
    parameters: ['start', 'direction'],
    // The direction is a value: which side of the start it lies on tells the side that belongs to the set.
    degree: ([s, d], x) => (((d as number) > (s as number) ? x >= (s as number) : x <= (s as number)) ? 1 : 0),
  },
} as const satisfies Record<string, Shape>;

export type ShapeName = keyof typeof shapes;

export const isShape = (name: string): name is ShapeName => Object.hasOwn(shapes, name);
