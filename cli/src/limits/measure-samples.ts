import type { InputMeasurer, MeasuredCase } from '@deephealth/runtime';
import { DeepHealthError, type EcvlSample } from '@deephealth/sdk';
import type { FailedSample } from '../evaluation/failed-sample.js';
import { type SampleInputsOptions, sampleInputs, sampleUnusable } from '../evaluation/sample-inputs.js';

export interface MeasuredSamples {
  /** In the order of the dataset. */
  readonly cases: readonly MeasuredCase[];
  readonly failures: readonly FailedSample[];
}

/** Runs every sample through the steps of a model. None drops out: each one is a case or a failure with its reason. */
export async function measureSamples(
  samples: readonly EcvlSample[],
  measurer: InputMeasurer,
  options: Omit<SampleInputsOptions, 'model'>,
  onProgress: (done: number) => void,
): Promise<MeasuredSamples> {
  const cases: MeasuredCase[] = [];
  const failures: FailedSample[] = [];
  for (const [done, sample] of samples.entries()) {
    try {
      if (sample.problem !== undefined) throw sampleUnusable(sample.problem);
      cases.push(await measurer.measure(await sampleInputs(sample, { ...options, model: measurer.descriptor })));
    } catch (thrown) {
      const { code, message } = DeepHealthError.from(thrown);
      failures.push({ index: sample.index, location: sample.locations.join(', '), code, message });
    }
    onProgress(done + 1);
  }
  return { cases, failures };
}
