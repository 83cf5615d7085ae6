import type { runtimeV1 } from '@deephealth/proto';
import {
  DeepHealthError,
  type DistributionLimit,
  type DistributionSpec,
  type InputSpec,
  type RawTensor,
  toTypedArray,
} from '@deephealth/sdk';
import { channelStatistic } from './channel-statistics.js';
import { channelViews } from './channel-views.js';

export interface OutsideDistribution {
  readonly warning: runtimeV1.Warning;
  /** Why there may be no decision, as a phrase. */
  readonly phrase: string;
}

const SAID: Readonly<Record<DistributionLimit['statistic'], string>> = {
  mean: 'mean',
  std: 'standard deviation',
  saturated: 'share of extreme values',
  flat: 'share of repeated values',
};

/**
 * Holds a prepared input against what training data looked like: every row and channel by itself.
 * Undefined for one within all limits. What is said names limits of the manifest, never a value of the
 * input. NaN is within no limit.
 *
 * @param tensor FP32 or FP64, as the graph gets it
 * @throws DH_INPUT_UNLIKE_TRAINING where the manifest says to refuse
 */
export function outsideDistribution(input: InputSpec, tensor: RawTensor): OutsideDistribution | undefined {
  const { limits, onOutside, source } = input.distribution as DistributionSpec;
  const missed = limits.filter((limit) => isOutside(limit, input, tensor));
  if (missed.length === 0) return undefined;
  const what = missed.map(({ statistic, channel, range }) => {
    const where = channel === undefined ? '' : ` of channel ${channel}`;
    return `${SAID[statistic]}${where} not in ${range[0]} to ${range[1]}`;
  });
  const phrase = `input "${input.name}" does not look like the training data (${what.join('; ')})`;
  if (onOutside === 'refuse') {
    throw new DeepHealthError(
      'DH_INPUT_UNLIKE_TRAINING',
      `Input "${input.name}" does not look like what the model was trained on: ${what.join('; ')}, after its steps. Check that it is the right kind of input.`,
      { details: { input: input.name, expected: what.join('; ') } },
    );
  }
  return {
    phrase,
    warning: {
      kind: 'WARNING_KIND_UNLIKE_TRAINING_DATA',
      field: input.name,
      message: `Input "${input.name}" does not look like what the model was trained on: ${what.join('; ')}, after its steps. Limits from: ${source}.`,
    },
  };
}

function isOutside({ statistic, channel, range }: DistributionLimit, input: InputSpec, tensor: RawTensor): boolean {
  const values = toTypedArray(tensor.dataType as 'FP32' | 'FP64', tensor.data, { mayBorrow: true });
  for (const view of channelViews(input, tensor.shape, values)) {
    if (channel !== undefined && channel !== view.channel) continue;
    const value = channelStatistic(statistic, view);
    if (!(value >= range[0] && value <= range[1])) return true;
  }
  return false;
}
