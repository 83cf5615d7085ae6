/** A lower and an upper end, the first at most the second. */
export type Interval = readonly [lower: number, upper: number];

/**
 * The ends of all weighted means that weights between `lower` and `upper` can give: the type-reduced set of an
 * interval type-2 set (Karnik and Mendel, Centroid of a type-2 fuzzy set, 2001).
 *
 * Each end is reached where the weights change from one bound to the other at one place of the sorted values.
 * Every such place is tried by running sums, so that nothing has to converge.
 *
 * @param values what is averaged, in any order
 * @param lower weights, each 0 or more
 * @param upper weights, each at least the lower one
 * @returns undefined where every upper weight is 0
 */
export function karnikMendel(
  values: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
): Interval | undefined {
  const order = Array.from({ length: values.length }, (_, i) => i).sort(
    (a, b) => (values[a] as number) - (values[b] as number),
  );
  const means = (before: ArrayLike<number>, after: ArrayLike<number>) => meansAtSwitches(values, order, before, after);
  const left = means(upper, lower).reduce((least, mean) => Math.min(least, mean), Number.POSITIVE_INFINITY);
  const right = means(lower, upper).reduce((most, mean) => Math.max(most, mean), Number.NEGATIVE_INFINITY);
  return Number.isFinite(left) ? [left, right] : undefined;
}

/** The weighted means with the weights of `before` up to each place of the order, and those of `after` behind it. */
function meansAtSwitches(
  values: ArrayLike<number>,
  order: readonly number[],
  before: ArrayLike<number>,
  after: ArrayLike<number>,
): number[] {
  const moments = new Float64Array(order.length + 1);
  const weights = new Float64Array(order.length + 1);
  for (let place = order.length - 1; place >= 0; place -= 1) {
    const index = order[place] as number;
    moments[place] = (moments[place + 1] as number) + (values[index] as number) * (after[index] as number);
    weights[place] = (weights[place + 1] as number) + (after[index] as number);
  }
  const means: number[] = [];
  let moment = 0;
  let weight = 0;
  for (let place = 0; place <= order.length; place += 1) {
    const total = weight + (weights[place] as number);
    if (total > 0) means.push((moment + (moments[place] as number)) / total);
    const index = order[place];
    if (index === undefined) break;
    moment += (values[index] as number) * (before[index] as number);
    weight += before[index] as number;
  }
  return means;
}

/**
 * The mean with weights in the middle of their intervals (Nie and Tan, Towards an efficient type-reduction method
 * for interval type-2 fuzzy logic systems, 2008). It lies between the ends that {@link karnikMendel} gives.
 *
 * @returns undefined where every upper weight is 0
 */
export function nieTan(
  values: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
): number | undefined {
  let moment = 0;
  let weight = 0;
  for (let i = 0; i < values.length; i += 1) {
    const both = (lower[i] as number) + (upper[i] as number);
    moment += (values[i] as number) * both;
    weight += both;
  }
  return weight > 0 ? moment / weight : undefined;
}
