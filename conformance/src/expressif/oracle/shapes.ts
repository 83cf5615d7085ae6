/** A term of a variable, or of an output: its shape by name, and its numbers in the order of the language. */
export interface OracleTerm {
  readonly name: string;
  readonly shape: string;
  readonly numbers: readonly number[];
  /** Of a `Function`. */
  readonly formula?: string;
}

type Shape = (x: number, p: readonly number[]) => number;

const gauss = (x: number, mean: number, deviation: number) => Math.exp(-((x - mean) ** 2) / (2 * deviation ** 2));
const sigmoid = (x: number, inflection: number, slope: number) => 1 / (1 + Math.exp(-slope * (x - inflection)));

/** From 0 at the first end to 1 at the second, in two quadratic halves. */
function rise(x: number, start: number, end: number): number {
  if (x <= start) return 0;
  if (x >= end) return 1;
  const part = (x - start) / (end - start);
  return part <= 0.5 ? 2 * part * part : 1 - 2 * (1 - part) ** 2;
}

/** Straight from 0 at `from` to 1 at `to`; a side without an end is 1. */
function slope(x: number, from: number, to: number): number {
  if (!Number.isFinite(from) || !Number.isFinite(to)) return 1;
  if (from === to) return 1;
  return Math.min(1, Math.max(0, (x - from) / (to - from)));
}

const at = (p: readonly number[], index: number) => p[index] as number;

/** Membership by shape. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  Triangle: (x, p) =>
    x < at(p, 0) || x > at(p, 2) ? 0 : Math.min(slope(x, at(p, 0), at(p, 1)), slope(x, at(p, 2), at(p, 1))),
  Trapezoid: (x, p) =>
    x < at(p, 0) || x > at(p, 3) ? 0 : Math.min(slope(x, at(p, 0), at(p, 1)), slope(x, at(p, 3), at(p, 2))),
  Rectangle: (x, p) => (x >= at(p, 0) && x <= at(p, 1) ? 1 : 0),
  Ramp: (x, p) => slope(x, at(p, 0), at(p, 1)),
  Gaussian: (x, p) => gauss(x, at(p, 0), at(p, 1)),
  GaussianProduct: (x, p) =>
    (x < at(p, 0) ? gauss(x, at(p, 0), at(p, 1)) : 1) * (x > at(p, 2) ? gauss(x, at(p, 2), at(p, 3)) : 1),
  Bell: (x, p) => 1 / (1 + Math.abs((x - at(p, 0)) / at(p, 1)) ** (2 * at(p, 2))),
  Sigmoid: (x, p) => sigmoid(x, at(p, 0), at(p, 1)),
  SigmoidDifference: (x, p) => Math.abs(sigmoid(x, at(p, 0), at(p, 1)) - sigmoid(x, at(p, 3), at(p, 2))),
  SigmoidProduct: (x, p) => sigmoid(x, at(p, 0), at(p, 1)) * sigmoid(x, at(p, 3), at(p, 2)),
  Spike: (x, p) => Math.exp(-Math.abs((10 * (x - at(p, 0))) / at(p, 1))),
  SShape: (x, p) => rise(x, at(p, 0), at(p, 1)),
  ZShape: (x, p) => 1 - rise(x, at(p, 0), at(p, 1)),
  PiShape: (x, p) => rise(x, at(p, 0), at(p, 1)) * (1 - rise(x, at(p, 2), at(p, 3))),
  Cosine: (x, p) =>
    Math.abs(x - at(p, 0)) > at(p, 1) / 2 ? 0 : 0.5 * (1 + Math.cos((2 * Math.PI * (x - at(p, 0))) / at(p, 1))),
  Concave: (x, p) => {
    const [i, e] = [at(p, 0), at(p, 1)];
    if (i <= e) return x < e ? (e - i) / (2 * e - i - x) : 1;
    return x > e ? (i - e) / (i - 2 * e + x) : 1;
  },
  Binary: (x, p) => (at(p, 1) > 0 ? (x >= at(p, 0) ? 1 : 0) : x <= at(p, 0) ? 1 : 0),
  Discrete: (x, p) => {
    const points = Array.from(
      { length: p.length >> 1 },
      (_, index) => [at(p, 2 * index), at(p, 2 * index + 1)] as const,
    );
    const [first] = points;
    const last = points.at(-1);
    if (first === undefined || last === undefined || x <= first[0]) return first?.[1] ?? 0;
    if (x >= last[0]) return last[1];
    const after = points.findIndex(([place]) => place >= x);
    const [[x0, y0], [x1, y1]] = [
      points[after - 1] as (typeof points)[number],
      points[after] as (typeof points)[number],
    ];
    return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
  },
};

/** Numbers that a shape takes; one more is its height. `Discrete` takes pairs. */
const LENGTHS: Readonly<Record<string, number>> = {
  ...{ Triangle: 3, Trapezoid: 4, Rectangle: 2, Ramp: 2, Gaussian: 2, GaussianProduct: 4, Bell: 3, Sigmoid: 2 },
  ...{ SigmoidDifference: 4, SigmoidProduct: 4, Spike: 2, SShape: 2, ZShape: 2, PiShape: 4, Cosine: 2, Concave: 2 },
  Binary: 2,
};

/** Membership of a value in a term. @throws RangeError for a shape that no value is a member of */
export function membership({ shape, numbers }: Pick<OracleTerm, 'shape' | 'numbers'>, x: number): number {
  const of = SHAPES[shape];
  if (of === undefined) throw new RangeError(`no value is a member of a ${shape}`);
  const length = LENGTHS[shape] ?? numbers.length - (numbers.length % 2);
  return of(x, numbers) * (numbers[length] ?? 1);
}

/** The value at which a monotonic term reaches a degree (Tsukamoto). @throws RangeError for another shape */
export function inverse({ shape, numbers }: Pick<OracleTerm, 'shape' | 'numbers'>, degree: number): number {
  const [s, e] = [at(numbers, 0), at(numbers, 1)];
  /** Of a rise from 0 to 1 between two quadratic halves. */
  const place = (w: number) => (w <= 0.5 ? Math.sqrt(w / 2) : 1 - Math.sqrt((1 - w) / 2));
  switch (shape) {
    case 'Ramp':
      return s + (e - s) * degree;
    case 'SShape':
      return s + (e - s) * place(degree);
    case 'ZShape':
      return s + (e - s) * place(1 - degree);
    case 'Concave':
      return (s - e) / degree + 2 * e - s;
    default:
      throw new RangeError(`a ${shape} is not monotonic`);
  }
}
