import {
  clip,
  firFilter,
  iirFilter,
  iirFilterBothWays,
  removeMean,
  resampledLength,
  resamplePolyphase,
  rescale,
  zScore,
} from '@deephealth/native';
import { DeepHealthError, type SignalInputSpec, type SignalStep, type StandardizeChannelsStep } from '@deephealth/sdk';
import type { SignalInput } from '../host/model-input.js';
import { cutFrames, cutWindows, type SignalWindows } from './cut-signal.js';
import type { ComputedTensor } from './prepared-tensor.js';
import { resamplingRatio } from './resampling-ratio.js';
import { checkSamples, type SampleReader, sampleReader } from './signal-samples.js';

/** A signal between two steps. */
interface Rows {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  readonly windows?: SignalWindows;
}

/**
 * `select_channels`, then the other steps: FP32 [1, channels, samples], or windows as rows.
 *
 * The samples of every declared channel are checked, also of one that is not selected: a lead in
 * the wrong unit says something about its neighbours. The check is here and not in the server,
 * which must not spend its thread on a long recording.
 */
export function signalToPrepared(spec: SignalInputSpec, input: SignalInput): ComputedTensor {
  const read = sampleReader(spec.name, input);
  for (const channel of spec.channels) {
    const row = input.channels.indexOf(channel.name);
    if (row >= 0) checkSamples(spec.name, channel, row, input, read);
  }
  const [{ channels }, ...rest] = spec.steps;
  const selected = selectChannels(spec, channels, input, read);
  let rows: Rows = { shape: [1, channels.length, input.samples], data: selected };
  for (const step of rest) rows = runStep(spec, input, channels.length, rows, step);
  return { dataType: 'FP32', ...rows };
}

function runStep(spec: SignalInputSpec, input: SignalInput, channels: number, rows: Rows, step: SignalStep): Rows {
  const { data, shape } = rows;
  const length = shape.at(-1) as number;
  switch (step.op) {
    case 'remove_mean':
      removeMean(data, length, data);
      return rows;
    case 'z_score':
      zScore(data, length, step.epsilon, data);
      return rows;
    case 'clip':
      clip(data, step.minimum, step.maximum, data);
      return rows;
    case 'rescale': {
      const output = new Float32Array(data.length);
      rescale(data, step.scale, step.offset, output);
      return { ...rows, data: output };
    }
    case 'standardize_channels':
      standardizeChannels(data, data.length / channels, step);
      return rows;
    case 'resample_signal':
      return resample(spec, input, channels, data);
    case 'fir_filter': {
      const output = new Float32Array(data.length);
      firFilter(data, length, step.taps, output);
      return { ...rows, data: output };
    }
    case 'iir_filter':
      return { ...rows, data: iir(spec, data, length, step) };
    case 'window_signal': {
      const { lengthS, stepS } = step;
      const { windows, ...cut } = cutWindows(data, channels, step, spec.samplingRateHz);
      return {
        ...cut,
        windows: { windows, rowsPerWindow: step.rows === 'windows' ? 1 : channels, lengthS, stepS },
      };
    }
    case 'frame_signal':
      return { ...rows, ...cutFrames(rows, step, spec.samplingRateHz) };
  }
}

function iir(
  { name }: SignalInputSpec,
  data: Float32Array,
  length: number,
  { sections, direction }: Extract<SignalStep, { op: 'iir_filter' }>,
): Float32Array {
  const output = new Float32Array(data.length);
  if (direction === 'forward') {
    iirFilter(data, length, sections, output);
    return output;
  }
  try {
    iirFilterBothWays(data, length, sections, output);
  } catch (cause) {
    // Sections were checked with the manifest: only the length can be at fault.
    throw new DeepHealthError('DH_SIGNAL_LENGTH_MISMATCH', `Input "${name}": the signal is too short for its filter.`, {
      details: { input: name },
      cause,
    });
  }
  return output;
}

function standardizeChannels(data: Float32Array, length: number, { mean, std }: StandardizeChannelsStep): void {
  for (let i = 0; i < data.length; i++) {
    const channel = mean.length === 1 ? 0 : Math.floor(i / length);
    data[i] = ((data[i] as number) - (mean[channel] as number)) / (std[channel] as number);
  }
}

/** At the input's rate; a signal that has it already stays as it is. */
function resample(spec: SignalInputSpec, input: SignalInput, channels: number, data: Float32Array): Rows {
  const { name, samplingRateHz, samples: limits } = spec;
  const isSame = Math.abs(input.samplingRateHz - samplingRateHz) <= samplingRateHz * 1e-6;
  const ratio = isSame ? { up: 1, down: 1 } : resamplingRatio(input.samplingRateHz, samplingRateHz);
  if (ratio === undefined) {
    const expected = `a rate whose ratio to ${samplingRateHz} Hz is one of whole numbers up to 65536`;
    throw new DeepHealthError('DH_SIGNAL_RATE_MISMATCH', `Input "${name}": the sampling rate must be ${expected}.`, {
      details: { input: name, expected },
    });
  }
  const length = resampledLength(input.samples, ratio.up, ratio.down);
  if (length < limits.minimum || length > limits.maximum) {
    const expected = `${limits.minimum} to ${limits.maximum}`;
    throw new DeepHealthError(
      'DH_SIGNAL_LENGTH_MISMATCH',
      `Input "${name}": resampled, the signal must have ${expected} samples per channel, got ${length}.`,
      { details: { input: name, expected, received: String(length) } },
    );
  }
  const output = new Float32Array(channels * length);
  if (isSame) output.set(data);
  else resamplePolyphase(data, input.samples, ratio.up, ratio.down, output);
  return { shape: [1, channels, length], data: output };
}

/** The named rows, in the order of the step, each sample rounded once to FP32. */
function selectChannels(
  spec: SignalInputSpec,
  channels: readonly string[],
  input: SignalInput,
  read: SampleReader,
): Float32Array {
  const selected = new Float32Array(channels.length * input.samples);
  channels.forEach((name, position) => {
    const row = input.channels.indexOf(name);
    if (row < 0) {
      throw new DeepHealthError(
        'DH_SIGNAL_CHANNEL_MISSING',
        `Input "${spec.name}": channel "${name}" is not in the signal.`,
        {
          details: { input: spec.name, channel: name, expected: name },
        },
      );
    }
    const from = row * input.samples;
    const to = position * input.samples;
    for (let i = 0; i < input.samples; i++) selected[to + i] = read(from + i);
  });
  return selected;
}
