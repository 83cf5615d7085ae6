import type { runtimeV1 } from '@deephealth/proto';
import { type RawTensor, type SignalInputSpec, tensorFromValues, tensorValues } from '@deephealth/sdk';
import { rawTensor } from './raw-tensor.js';

/** `select_channels` and `rescale`: FP32 [1, channels, samples]. */
export function prepareSignal({ name, channels, steps }: SignalInputSpec, signal: runtimeV1.Signal__Output): RawTensor {
  if (signal.samples === null) throw new RangeError(`the signal "${name}" has no samples`);
  const samples = rawTensor(signal.samples);
  const values = tensorValues(samples).map(Number);
  const count = samples.shape[1] as number;
  const [{ channels: selected }, ...rest] = steps;
  const rows = selected.flatMap((wanted) => {
    const aliases = channels.find((declared) => declared.name === wanted)?.aliases ?? [];
    const row = signal.channels.findIndex((sent) => sent.name === wanted || aliases.includes(sent.name));
    if (row < 0) throw new RangeError(`the channel "${wanted}" was not sent`);
    return values.slice(row * count, (row + 1) * count).map(Math.fround);
  });
  const stepped = rest.reduce((all, step) => {
    if (step.op !== 'rescale') throw new RangeError(`the oracle knows no step "${step.op}" of signals`);
    return all.map((x) => Math.fround(x * step.scale + step.offset));
  }, rows);
  return tensorFromValues('FP32', [1, selected.length, count], stepped);
}
