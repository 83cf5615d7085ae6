import { iirFilter } from '@deephealth/native';
import type { SignalInputSpec, SignalStep } from '@deephealth/sdk';
import { inSamples, pieces } from './cut-signal.js';
import { checkFp32Range } from './fp32-range.js';
import { manifestInvalid } from './manifest-invalid.js';
import type { ProducedExtent } from './produced-shape.js';

/** Steps that see a whole recording, and so come before it is cut up. */
const WHOLE: readonly SignalStep['op'][] = ['resample_signal', 'standardize_channels', 'fir_filter', 'iir_filter'];

/** Checks the steps of a signal; returns the shape that they give. */
export function checkSignalSteps(spec: SignalInputSpec, pointer: string): ProducedExtent[] {
  spec.channels.forEach((channel, index) => {
    checkFp32Range(channel.validRange, `${pointer}/channels/${index}/validRange`);
  });
  if (spec.samples.minimum > spec.samples.maximum)
    throw manifestInvalid(`${pointer}/samples`, 'has a minimum above its maximum.');
  const [{ channels }, ...rest] = spec.steps;
  channels.forEach((name, index) => {
    const at = `${pointer}/steps/0/channels/${index}`;
    if (!spec.channels.some((declared) => declared.name === name)) {
      throw manifestInvalid(at, `names "${name}", which is not a channel of this input. Use its name, not an alias.`);
    }
    if (channels.indexOf(name) < index) throw manifestInvalid(at, `selects "${name}" a second time.`);
  });
  const count = { minimum: channels.length, maximum: channels.length };
  let extents: ProducedExtent[] = [{ minimum: 1, maximum: 1 }, count, spec.samples];
  let cut: string | undefined;
  rest.forEach((step, index) => {
    const at = `${pointer}/steps/${index + 1}`;
    if (cut === 'frame_signal') throw manifestInvalid(at, 'follows frame_signal, which must be the last step.');
    if (cut !== undefined && WHOLE.includes(step.op)) {
      throw manifestInvalid(at, `is ${step.op} and follows ${cut}: it works on the whole recording. Move it up.`);
    }
    extents = afterStep(spec, step, index, extents, at);
    if (step.op === 'window_signal' || step.op === 'frame_signal') cut = step.op;
  });
  return extents;
}

function afterStep(
  spec: SignalInputSpec,
  step: SignalStep,
  index: number,
  extents: ProducedExtent[],
  at: string,
): ProducedExtent[] {
  const channels = spec.steps[0].channels.length;
  switch (step.op) {
    case 'clip':
      if (step.minimum > step.maximum) throw manifestInvalid(at, 'clips to a minimum above its maximum. Swap them.');
      return extents;
    case 'resample_signal':
      if (index !== 0) throw manifestInvalid(at, 'resamples after another step. Make it the second one.');
      if (step.fromHz.minimum > step.fromHz.maximum)
        throw manifestInvalid(`${at}/fromHz`, 'has a minimum above its maximum.');
      return extents;
    case 'standardize_channels':
      for (const field of ['mean', 'std'] as const) {
        if (step[field].length === step.mean.length && [1, channels].includes(step[field].length)) continue;
        throw manifestInvalid(
          `${at}/${field}`,
          `has ${step[field].length} values. Give one for all channels, or ${channels}.`,
        );
      }
      return extents;
    case 'iir_filter':
      try {
        iirFilter(new Float32Array(1), 1, step.sections, new Float32Array(1));
      } catch (cause) {
        throw manifestInvalid(`${at}/sections`, `cannot be run: ${(cause as Error).message}.`);
      }
      return extents;
    case 'window_signal':
    case 'frame_signal':
      return cutExtents(spec, step, extents, at);
    default:
      return extents;
  }
}

function cutExtents(
  { samplingRateHz, steps: [{ channels }] }: SignalInputSpec,
  step: Extract<SignalStep, { op: 'window_signal' | 'frame_signal' }>,
  extents: ProducedExtent[],
  at: string,
): ProducedExtent[] {
  const [length, hop] = (['lengthS', 'stepS'] as const).map((field) => {
    const samples = inSamples(step[field], samplingRateHz);
    if (samples !== undefined) return samples;
    throw manifestInvalid(`${at}/${field}`, `is no whole number of samples at ${samplingRateHz} Hz.`);
  }) as [number, number];
  const samples = extents.at(-1) as ProducedExtent;
  const least = pieces(samples.minimum, length, hop);
  if (least < 1) {
    throw manifestInvalid(
      `${at}/lengthS`,
      `is longer than the shortest signal (${samples.minimum} samples). Raise its minimum.`,
    );
  }
  const most = samples.maximum === undefined ? undefined : pieces(samples.maximum, length, hop);
  const one = { minimum: length, maximum: length };
  if (step.op === 'frame_signal') return [...extents.slice(0, -1), { minimum: least, maximum: most }, one];
  if (extents.length !== 3 || extents[0]?.maximum !== 1) throw manifestInvalid(at, 'cuts windows a second time.');
  if (step.rows === 'windows') return [{ minimum: least, maximum: most }, extents[1] as ProducedExtent, one];
  const rows = channels.length;
  return [{ minimum: least * rows, maximum: most === undefined ? undefined : most * rows }, one];
}
