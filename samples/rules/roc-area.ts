import { seededRandom } from '@deephealth/sdk';

/** The share of pairs of a diseased and a healthy patient that a score puts in the right order; ties count half. */
export function rocArea(scores: readonly number[], truth: readonly number[]): number {
  const order = scores.map((score, i) => ({ score, isDiseased: truth[i] === 1 })).sort((a, b) => a.score - b.score);
  let [rankSum, diseased] = [0, 0];
  for (let first = 0; first < order.length; ) {
    let last = first;
    while (order[last + 1]?.score === order[first]?.score) last += 1;
    const inTie = order.slice(first, last + 1).filter(({ isDiseased }) => isDiseased).length;
    // All of a tie have its middle rank; ranks begin with 1.
    rankSum += inTie * ((first + last) / 2 + 1);
    diseased += inTie;
    first = last + 1;
  }
  return (rankSum - (diseased * (diseased + 1)) / 2) / (diseased * (order.length - diseased));
}

export type Interval = { readonly value: number; readonly low: number; readonly high: number };

/** A figure of patients with its 95 % percentile interval over resampled patients, each figure of the same resamples. */
export function bootstrap<Name extends string>(
  truth: readonly number[],
  figures: (indices: readonly number[]) => Readonly<Record<Name, number>>,
  resamples: number,
  seed: number,
): Record<Name, Interval> {
  const random = seededRandom(seed);
  const draws: Readonly<Record<Name, number>>[] = [];
  while (draws.length < resamples) {
    const indices = truth.map(() => Math.floor(random() * truth.length));
    const diseased = indices.filter((i) => truth[i] === 1).length;
    // Of one class alone there are no pairs.
    if (diseased > 0 && diseased < truth.length) draws.push(figures(indices));
  }
  const whole = figures(truth.map((_, i) => i));
  const names = Object.keys(whole) as Name[];
  return Object.fromEntries(
    names.map((name) => {
      const sorted = draws.map((draw) => draw[name]).sort((a, b) => a - b);
      return [name, { value: whole[name], low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }];
    }),
  ) as Record<Name, Interval>;
}

function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  return below + (above - below) * (place - Math.floor(place));
}
