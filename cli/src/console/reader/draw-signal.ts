import type { Drawing, SignalChannel } from '@deephealth/console';
import type { runtimeV1 } from '@deephealth/proto';
import { fromContractDataType, toTypedArray } from '@deephealth/sdk';

/** Of one channel. */
const MOST_VALUES = 4000;
const MOST_CHANNELS = 64;

/** The first signal of the inputs; undefined where there is none. */
export function drawSignal(inputs: readonly runtimeV1.NamedInput[]): Drawing | undefined {
  const signal = inputs.find((input) => input.signal !== undefined && input.signal !== null)?.signal;
  const tensor = signal?.samples;
  const dataType = fromContractDataType(tensor?.dataType as runtimeV1.DataType);
  const rateHz = Number(signal?.samplingRateHz ?? 0);
  if (!signal || !tensor || dataType === undefined || dataType === 'BYTES' || dataType === 'BF16' || !(rateHz > 0))
    return undefined;
  const samples = toTypedArray(dataType, Uint8Array.from(tensor.data as Uint8Array)) as ArrayLike<number | bigint>;
  const [channelCount = 0, length = 0] = (tensor.shape ?? []).map(Number);
  if (channelCount * length !== samples.length || length === 0) return undefined;
  const channels = (signal.channels ?? []).slice(0, MOST_CHANNELS).map(({ name = '', unit = '' }, index) => ({
    ...{ name, unit },
    ...decimate(samples, index * length, length, rateHz),
  }));
  return { kind: 'signal', channels, durationSeconds: length / rateHz };
}

/** The least and the greatest value of each step, so that no peak is lost; the samples themselves where they are few. */
export function decimate(
  samples: ArrayLike<number | bigint>,
  from: number,
  length: number,
  rateHz: number,
): Pick<SignalChannel, 'samplingRateHz' | 'values'> {
  const at = (index: number) => Number(samples[from + index]);
  if (length <= MOST_VALUES) {
    return { samplingRateHz: rateHz, values: Array.from({ length }, (_, index) => short(at(index))) };
  }
  const steps = MOST_VALUES / 2;
  const values: number[] = [];
  for (let step = 0; step < steps; step++) {
    const begin = Math.floor((step * length) / steps);
    const end = Math.floor(((step + 1) * length) / steps);
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let index = begin; index < end; index++) {
      const value = at(index);
      if (value < least) least = value;
      if (value > most) most = value;
    }
    values.push(short(least), short(most));
  }
  return { samplingRateHz: (rateHz * MOST_VALUES) / length, values };
}

/** JSON has no number for what is none. */
function short(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : 0;
}
