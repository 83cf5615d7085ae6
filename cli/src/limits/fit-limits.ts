import type { InputMeasure, MeasuredCase } from '@deephealth/runtime';
import { DeepHealthError, type DistributionLimit } from '@deephealth/sdk';

export interface FitLimitsOptions {
  /** Share of the cases that may lie below the lowest value, and the same above the highest; below 0.5. */
  readonly quantile: number;
  readonly statistics: readonly DistributionLimit['statistic'][];
  /** A range for each channel, in the place of one that holds for all. */
  readonly isByChannel: boolean;
}

/** Digits that are kept of a limit. */
const DIGITS = 6;
/**
 * What a mean or a deviation may lie further out, in parts of the largest deviation of the cases. A step that
 * normalises leaves nothing of them but rounding, and no other input has the same rounding.
 */
const ROUNDING = 1e-4;
const FEWEST_CASES = 2;
/** What the manifest takes. */
const MOST_LIMITS = 64;

/**
 * Limits of one input from what training cases look like. A case is one value of each statistic at either
 * end: the lowest and the highest of its rows and channels. The limits are values of cases, those at the
 * places `floor(q (n - 1))` from either end of the sorted ones, so that nothing between two of them is cut
 * off. Those of `mean` and `std` are moved outwards by a ten-thousandth of the largest deviation, and all are
 * rounded outwards to six digits.
 *
 * @param input name of the input
 * @throws DH_CONFIG_INVALID for fewer than two cases, cases of several numbers of channels if each has its
 * range, and more limits than a manifest holds
 */
export function fitLimits(
  cases: readonly MeasuredCase[],
  input: string,
  { quantile, statistics, isByChannel }: FitLimitsOptions,
): DistributionLimit[] {
  if (cases.length < FEWEST_CASES) throw unfit(`${cases.length} cases have a result, and at least two are needed`);
  const measures = cases.map(({ inputs }) => inputs.find((one) => one.input === input) as InputMeasure);
  if (!isByChannel) return statistics.map((statistic) => limitOf(measures, statistic, quantile));
  const counts = [...new Set(measures.map(({ channels }) => channels.length))];
  if (counts.length !== 1) throw unfit(`cases have ${counts.join(' or ')} channels, which cannot each have a range`);
  const channels = counts[0] as number;
  if (channels * statistics.length > MOST_LIMITS) {
    throw unfit(
      `${channels} channels with ${statistics.length} statistics are more than the ${MOST_LIMITS} limits of a manifest; leave --by-channel out, or name fewer --statistics`,
    );
  }
  return Array.from({ length: channels }, (_, channel) =>
    statistics.map((statistic) => ({
      ...limitOf(measures, statistic, quantile, channel),
      channel,
    })),
  ).flat();
}

type Ends = readonly [lowest: number, highest: number];

/** Both ends of each case: of one channel, or of all. */
function rangesOf(
  measures: readonly InputMeasure[],
  statistic: DistributionLimit['statistic'],
  channel?: number,
): Ends[] {
  return measures.map(({ channels }) => {
    const chosen = channel === undefined ? channels : channels.slice(channel, channel + 1);
    return [Math.min(...chosen.map((one) => one[statistic][0])), Math.max(...chosen.map((one) => one[statistic][1]))];
  });
}

/** @param channel the only one that counts; all, where it is left out */
function limitOf(
  measures: readonly InputMeasure[],
  statistic: DistributionLimit['statistic'],
  quantile: number,
  channel?: number,
): DistributionLimit {
  const ends = rangesOf(measures, statistic, channel);
  const sorted = (end: 0 | 1) => ends.map((range) => range[end]).sort((a, b) => a - b);
  const place = Math.floor(quantile * (ends.length - 1));
  const isRounded = statistic === 'mean' || statistic === 'std';
  const largest = Math.max(...rangesOf(measures, 'std', channel).map(([, highest]) => highest));
  const slack = isRounded ? ROUNDING * largest : 0;
  const lowest = (sorted(0)[place] as number) - slack;
  const highest = (sorted(1).at(-1 - place) as number) + slack;
  return { statistic, range: [outwards(lowest, -1), outwards(highest, 1)] };
}

/** The nearest number of six digits that is not further inside. */
function outwards(value: number, direction: -1 | 1): number {
  const rounded = Number(value.toPrecision(DIGITS));
  if ((rounded - value) * direction >= 0) return rounded;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - DIGITS + 1);
  return Number((rounded + direction * unit).toPrecision(DIGITS));
}

function unfit(why: string): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `Limits cannot be taken: ${why}.`);
}
