import { clip, removeMean, zScore } from '@deephealth/native';
import { DeepHealthError, type SignalInputSpec } from '@deephealth/sdk';
import type { SignalInput } from '../host/model-input.js';
import type { ComputedTensor } from './prepared-tensor.js';
import { checkSamples, type SampleReader, sampleReader } from './signal-samples.js';

/**
 * `select_channels`, then the steps on rows: FP32 [1, channels, samples].
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
  const samples = selectChannels(spec, channels, input, read);
  for (const step of rest) {
    switch (step.op) {
      case 'remove_mean':
        removeMean(samples, input.samples, samples);
        break;
      case 'z_score':
        zScore(samples, input.samples, step.epsilon, samples);
        break;
      case 'clip':
        clip(samples, step.minimum, step.maximum, samples);
        break;
    }
  }
  return { dataType: 'FP32', shape: [1, channels.length, input.samples], data: samples };
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
