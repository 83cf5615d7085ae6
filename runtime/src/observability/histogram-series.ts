import type { Sample } from './pulled-metric.js';

/** How often a value fell up to each bound and above the one before; the last count is of what is above them all. */
export interface HistogramCounts {
  /** Ascending, in the exposed unit. */
  readonly bounds: readonly number[];
  /** One more than there are bounds. */
  readonly counts: readonly number[];
}

/**
 * One histogram: how often a value fell up to each bound, and the sum of all values.
 *
 * Values are integers (microseconds, items), so that sums are exact however many are added;
 * `perUnit` of them make one unit of the exposed series.
 */
export class HistogramSeries {
  readonly #bounds: readonly number[];
  readonly #perUnit: number;
  /** One more than there are bounds: the last counts what is above them all. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** `bounds` ascend and are in the exposed unit. */
  constructor(bounds: readonly number[], perUnit: number) {
    this.#bounds = bounds;
    this.#perUnit = perUnit;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Adds one value; a clock that ran backwards counts as 0. */
  observe(value: number): void {
    const counted = Number.isFinite(value) && value > 0 ? value : 0;
    let bucket = 0;
    while (bucket < this.#bounds.length && counted > (this.#bounds[bucket] as number) * this.#perUnit) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += counted;
  }

  /** A copy of what fell between the bounds, to compare with a later one. */
  get counts(): HistogramCounts {
    return { bounds: this.#bounds, counts: [...this.#counts] };
  }

  /** Cumulative buckets, sum and count under the given name. */
  samples(name: string, labels: Readonly<Record<string, string>>): Sample[] {
    let below = 0;
    const buckets = [...this.#counts].map((count, index) => {
      below += count;
      const le = this.#bounds[index] ?? '+Inf';
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum / this.#perUnit },
      { metricName: `${name}_count`, labels, value: below },
    ];
  }
}
