import type { Interpolation } from './resize-image.js';

/** Which samples of one axis an output sample weighs: neighbours from `first` on. */
export interface WeighedSamples {
  readonly first: number;
  readonly weights: Float64Array;
}

export interface AxisWish {
  readonly interpolation: Exclude<Interpolation, 'nearest' | 'nearest-floor'>;
  readonly from: number;
  readonly to: number;
  /** True where either axis is enlarged: `area` then takes two samples, as OpenCV does. */
  readonly isEnlarged: boolean;
  /** Integer weights that add up to `denominatorOf`; else FP64 weights that add up to 1. */
  readonly isInteger: boolean;
}

const RULES = { linear, area, cubic, 'linear-antialias': antialias };

/** What integer weights of an output sample add up to. */
export function denominatorOf(wish: AxisWish): number {
  if (wish.interpolation === 'linear') return 2 * wish.to;
  return wish.interpolation === 'area' ? wish.from : QUANTA;
}

const QUANTA = 16384;

/** The samples of each output sample of an axis. See `resizeImage` for the rules. */
export function axisSamples(wish: AxisWish): WeighedSamples[] {
  const isQuantised = wish.interpolation === 'cubic' || wish.interpolation === 'linear-antialias';
  return Array.from({ length: wish.to }, (_, d) => {
    const taps = new Taps(wish.from);
    RULES[wish.interpolation](wish, d, taps);
    if (!wish.isInteger) taps.normalise();
    else if (isQuantised) taps.quantise();
    return taps.trimmed();
  });
}

/** Weights of neighbouring samples; positions outside the axis count for its edge. */
class Taps {
  readonly #from: number;
  readonly #weights: number[] = [];
  #first = 0;
  #sum = 0;

  constructor(from: number) {
    this.#from = from;
  }

  /** Positions come in ascending order, without gaps. */
  add(position: number, weight: number): void {
    const inside = Math.min(Math.max(position, 0), this.#from - 1);
    const last = this.#weights.length - 1;
    if (last < 0) this.#first = inside;
    if (last >= 0 && inside === this.#first + last) this.#weights[last] = (this.#weights[last] as number) + weight;
    else this.#weights.push(weight);
    this.#sum += weight;
  }

  /** Integers that add up to 2^14: the differences of the rounded running sums. */
  quantise(): void {
    let running = 0;
    let before = 0;
    this.#weights.forEach((weight, k) => {
      running += weight;
      const now = Math.floor((running * QUANTA) / this.#sum + 0.5);
      this.#weights[k] = now - before;
      before = now;
    });
  }

  normalise(): void {
    this.#weights.forEach((weight, k) => {
      this.#weights[k] = weight / this.#sum;
    });
  }

  /** Samples of no weight have no part in it, not even if they are infinite. */
  trimmed(): WeighedSamples {
    let start = 0;
    let end = this.#weights.length;
    while (start + 1 < end && this.#weights[start] === 0) start++;
    while (end - 1 > start && this.#weights[end - 1] === 0) end--;
    return { first: this.#first + start, weights: Float64Array.from(this.#weights.slice(start, end)) };
  }
}

function linear({ from, to }: AxisWish, d: number, taps: Taps): void {
  const position = (2 * d + 1) * from - to;
  const lower = Math.floor(position / (2 * to));
  const upperWeight = position - lower * 2 * to;
  taps.add(lower, 2 * to - upperWeight);
  taps.add(lower + 1, upperWeight);
}

function cubic({ from, to }: AxisWish, d: number, taps: Taps): void {
  const position = (2 * d + 1) * from - to;
  const lower = Math.floor(position / (2 * to));
  const t = (position - lower * 2 * to) / (2 * to);
  const first = cubicFar(1 + t);
  const second = cubicNear(t);
  const third = cubicNear(1 - t);
  taps.add(lower - 1, first);
  taps.add(lower, second);
  taps.add(lower + 1, third);
  taps.add(lower + 2, 1 - first - second - third);
}

/** Keys' kernel with a = -0.75 at distances up to 1, and from 1 to 2. */
function cubicNear(u: number): number {
  return (1.25 * u - 2.25) * u * u + 1;
}

function cubicFar(u: number): number {
  return ((-0.75 * u + 3.75) * u - 6) * u + 3;
}

function area({ from, to, isEnlarged }: AxisWish, d: number, taps: Taps): void {
  const start = d * from;
  const end = start + from;
  let i = Math.floor(start / to);
  if (isEnlarged) {
    const beyond = Math.max(end - (i + 1) * to, 0);
    taps.add(i, from - beyond);
    taps.add(i + 1, beyond);
    return;
  }
  for (; i * to < end; i++) taps.add(i, Math.min(end, (i + 1) * to) - Math.max(start, i * to));
}

function antialias({ from, to }: AxisWish, d: number, taps: Taps): void {
  // In units of 1 / (2 * to): the triangle reaches `reach` to either side of the centre.
  const reach = 2 * Math.max(from, to);
  const centre = (2 * d + 1) * from;
  const last = Math.min(from - 1, Math.floor((centre + reach - to) / (2 * to)));
  for (let i = Math.max(0, Math.floor((centre - reach - to) / (2 * to))); i <= last; i++) {
    const weight = reach - Math.abs((2 * i + 1) * to - centre);
    if (weight > 0) taps.add(i, weight);
  }
}
