import type { runtimeV1 } from '@deephealth/proto';
import { type Recording, type SignalInputSpec, toBytes } from '@deephealth/sdk';
import type { Recorded } from '../bindings/cds-request.js';
import type { Why } from './read-value.js';
import { convertUnit, isUcumUnit } from './ucum-units.js';

/** A channel as it came, by the name that the manifest gives it. */
export interface FoundChannel {
  readonly name: string;
  /** UCUM. */
  readonly unit: string;
  readonly samplingRateHz: number;
  readonly samples: Float32Array | Float64Array;
}

export type SignalReading =
  | { readonly signal: runtimeV1.Signal; readonly recorded: Recorded }
  | { readonly why: Why; readonly says: string };

/** Rates that are written as rounded decimals; the runtime takes the same. */
const RATE_TOLERANCE = 1e-6;

/**
 * Channels as the signal that a model takes: those of the manifest in its order, FP32 [channels, samples], in its
 * units. Converted in FP64 and rounded once. Nothing is resampled, cut, filled up or lined up here: what does not
 * fit is told, as the end of a sentence. Which values are possible the runtime knows.
 */
export function toSignal(spec: SignalInputSpec, found: readonly FoundChannel[]): SignalReading {
  const channels: FoundChannel[] = [];
  for (const { name } of spec.channels) {
    const [channel, ...others] = found.filter((one) => one.name === name);
    if (channel === undefined) return { why: 'channel-missing', says: `lacks the channel "${name}"` };
    if (others.length > 0) return { why: 'ambiguous', says: `has the channel "${name}" more than once` };
    channels.push(channel);
  }
  const mismatch = timeProblem(spec, channels);
  if (mismatch !== undefined) return mismatch;
  const { samplingRateHz, samples: first } = channels[0] as FoundChannel;
  const count = first.length;
  const samples = new Float32Array(channels.length * count);
  for (const [row, { name, unit, samples: sent }] of channels.entries()) {
    const wanted = spec.channels[row]?.unit ?? '';
    const convert = conversion(unit, wanted);
    if (typeof convert === 'string') {
      const says =
        convert === 'unit-unknown'
          ? `has no unit of UCUM for channel "${name}"`
          : `has channel "${name}" in a unit that does not convert to ${wanted}`;
      return { why: convert, says };
    }
    for (let i = 0; i < count; i++) {
      const value = Math.fround(convert(sent[i] as number));
      if (!Number.isFinite(value)) {
        return { why: 'not-measured', says: `has samples of channel "${name}" that were not measured` };
      }
      samples[row * count + i] = value;
    }
  }
  const data = toBytes(samples);
  const names = channels.map(({ name }) => name);
  return {
    signal: {
      channels: spec.channels.map(({ name, unit }) => ({ name, unit })),
      samplingRateHz,
      samples: {
        dataType: 'DATA_TYPE_FP32',
        shape: [channels.length, count],
        data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
      },
    },
    recorded: { channels: names, samplingRateHz, durationS: count / samplingRateHz },
  };
}

/** Channels of a file that the manifest knows, by its names and aliases, letter for letter. */
export function namedChannels(spec: SignalInputSpec, { channels }: Recording): FoundChannel[] {
  return channels.flatMap((channel) => {
    const declared = spec.channels.find(({ name, aliases }) => [name, ...(aliases ?? [])].includes(channel.name));
    return declared === undefined ? [] : [{ ...channel, name: declared.name }];
  });
}

function timeProblem(
  spec: SignalInputSpec,
  channels: readonly FoundChannel[],
): { readonly why: Why; readonly says: string } | undefined {
  const { samplingRateHz: rate, samples } = channels[0] as FoundChannel;
  if (channels.some((one) => Math.abs(one.samplingRateHz - rate) > rate * RATE_TOLERANCE)) {
    return { why: 'rate-mismatch', says: 'has channels of different sampling rates' };
  }
  const resampling = spec.steps.find((step) => step.op === 'resample_signal');
  const { minimum, maximum } = resampling?.fromHz ?? { minimum: spec.samplingRateHz, maximum: spec.samplingRateHz };
  if (!(rate >= minimum * (1 - RATE_TOLERANCE) && rate <= maximum * (1 + RATE_TOLERANCE))) {
    return { why: 'rate-mismatch', says: `has a sampling rate other than ${spanOf(minimum, maximum)} Hz` };
  }
  if (channels.some((one) => one.samples.length !== samples.length)) {
    return { why: 'length-mismatch', says: 'has channels of different lengths' };
  }
  // A sample here and there is the resampling's own to round.
  const count = resampling === undefined ? samples.length : (samples.length * spec.samplingRateHz) / rate;
  const slack = resampling === undefined ? 0 : 1;
  const [fewest, most] = [spec.samples.minimum, spec.samples.maximum];
  if (count < fewest - slack || count > most + slack) {
    const wanted = `${spanOf(fewest, most)} samples a channel at ${spec.samplingRateHz} Hz`;
    return { why: 'length-mismatch', says: `does not last as long as the model needs: ${wanted}` };
  }
  return undefined;
}

function spanOf(lowest: number, highest: number): string {
  return lowest === highest ? `${lowest}` : `${lowest} to ${highest}`;
}

/** A conversion that is a line is found once, and not asked for at every sample. */
function conversion(from: string, to: string): ((value: number) => number) | 'unit-unknown' | 'unit-inconvertible' {
  if (from === to) return (value) => value;
  if (!isUcumUnit(from)) return 'unit-unknown';
  const [zero, one, thousand] = [0, 1, 1000].map((value) => convertUnit(value, from, to));
  if (zero === undefined || one === undefined || thousand === undefined) return 'unit-inconvertible';
  const slope = one - zero;
  const isLine = Math.abs(zero + 1000 * slope - thousand) <= 1e-9 * Math.max(Math.abs(thousand), Math.abs(zero));
  return isLine ? (value) => zero + value * slope : 'unit-inconvertible';
}
