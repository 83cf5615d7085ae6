import type { runtimeV1 } from '@deephealth/proto';
import { FileRefusal } from '../errors/file-refusal.js';
import { toBytes } from '../tensor/tensor.js';
import type { RecordedChannel, Recording } from './recording.js';

/** A part of a recording. */
export interface Part {
  /** Seconds from the first sample to the part's. Default: 0. */
  readonly fromS?: number;
  /** Seconds that it lasts. Default: to the end. */
  readonly lengthS?: number;
}

/** Rates that headers write as rounded decimals. */
const RATE_TOLERANCE = 1e-6;

/**
 * Channels of one rate as a signal of the contract: those of the rate wanted, or, where a recording has
 * but one rate, those. Nothing is resampled, renamed or converted. The time of the first sample is left
 * out: files state it without a time zone.
 *
 * @param part of the recording; the whole one, where it is left out
 * @throws FileRefusal for a recording of several rates, none of which is the one wanted, and for a part
 * that reaches beyond it
 */
export function toSignal({ channels }: Recording, wantedRateHz: number, part: Part = {}): runtimeV1.Signal {
  const isWanted = ({ samplingRateHz }: RecordedChannel) =>
    Math.abs(samplingRateHz - wantedRateHz) <= wantedRateHz * RATE_TOLERANCE;
  const chosen = channels.some(isWanted) ? channels.filter(isWanted) : channels;
  const [first] = chosen;
  if (first === undefined) throw new FileRefusal('holds no signal');
  const rates = [...new Set(chosen.map(({ samplingRateHz }) => samplingRateHz))];
  if (rates.length > 1) {
    throw new FileRefusal(`has channels of ${rates.length} rates, and none of ${wantedRateHz} Hz`);
  }
  if (chosen.some(({ samples }) => samples.length !== first.samples.length)) {
    throw new FileRefusal('has channels of several lengths');
  }
  const start = Math.round((part.fromS ?? 0) * first.samplingRateHz);
  const length =
    part.lengthS === undefined ? first.samples.length - start : Math.round(part.lengthS * first.samplingRateHz);
  if (!(start >= 0 && length >= 1 && start + length <= first.samples.length)) {
    throw new FileRefusal(`lasts ${first.samples.length / first.samplingRateHz} s, and not as long as the part wanted`);
  }
  const samples = new Float32Array(chosen.length * length);
  chosen.forEach((channel, i) => {
    samples.set(channel.samples.subarray(start, start + length), i * length);
  });
  const data = toBytes(samples);
  return {
    channels: chosen.map(({ name, unit }) => ({ name, unit })),
    samplingRateHz: first.samplingRateHz,
    samples: {
      dataType: 'DATA_TYPE_FP32',
      shape: [chosen.length, length],
      data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    },
  };
}
