import type { DistributionLimit } from '@deephealth/sdk';

/** Values of one channel of one row: `count` of them from `start` on, each `step` after the one before. */
export interface ChannelView {
  readonly values: Float32Array | Float64Array;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** One number about the values of a channel, in FP64. */
export function channelStatistic(statistic: DistributionLimit['statistic'], view: ChannelView): number {
  switch (statistic) {
    case 'mean':
      return meanOf(view);
    case 'std':
      return standardDeviation(view);
    case 'saturated':
      return saturatedShare(view);
    case 'flat':
      return flatShare(view);
  }
}

function meanOf({ values, start, step, count }: ChannelView): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[start + i * step] as number;
  return sum / count;
}

/** Of the population; in two passes, so that a large mean costs no digits. */
function standardDeviation(view: ChannelView): number {
  const { values, start, step, count } = view;
  const mean = meanOf(view);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += ((values[start + i * step] as number) - mean) ** 2;
  return Math.sqrt(sum / count);
}

/** Share of the values that are the smallest or the largest one; 1 if all are equal. */
function saturatedShare({ values, start, step, count }: ChannelView): number {
  let [least, most, atLeast, atMost] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < count; i++) {
    const value = values[start + i * step] as number;
    if (value < least) [least, atLeast] = [value, 0];
    if (value > most) [most, atMost] = [value, 0];
    if (value === least) atLeast += 1;
    if (value === most) atMost += 1;
  }
  return least === most ? 1 : (atLeast + atMost) / count;
}

/** Share of the values but the first that equal the one before in reading order; 0 for a single one. */
function flatShare({ values, start, step, count }: ChannelView): number {
  if (count < 2) return 0;
  let equal = 0;
  for (let i = 1; i < count; i++) if (values[start + i * step] === values[start + (i - 1) * step]) equal += 1;
  return equal / (count - 1);
}
