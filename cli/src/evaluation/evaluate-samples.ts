import type { runtimeV1 } from '@deephealth/proto';
import {
  type ClassifiedSample,
  DeepHealthError,
  type EcvlSample,
  type RuntimeClient,
  type SegmentedSample,
} from '@deephealth/sdk';
import type { ClassMap } from './class-map.js';
import type { FailedSample } from './failed-sample.js';
import { toPredictedMask } from './predicted-mask.js';
import { readMask, resampleMask } from './read-mask.js';
import { placeOf, sampleInputs, sampleUnusable } from './sample-inputs.js';

/** What a sample is held against. */
export type Measure =
  | {
      readonly task: 'classification';
      readonly labels: readonly string[];
      readonly mode: string;
      readonly classMap: ClassMap;
    }
  | { readonly task: 'segmentation'; readonly threshold: number };

export interface EvaluateOptions {
  readonly client: RuntimeClient;
  readonly model: runtimeV1.ModelDescriptor__Output;
  readonly output: string;
  readonly measure: Measure;
  /** Folder that relative locations start from. */
  readonly folder: string;
  /** Frame or page that is measured of files with several, from 0; without it such a file is a failure. */
  readonly frame?: number;
  readonly deadlineMs: number;
  /** Called after each sample. */
  readonly onProgress: (done: number) => void;
}

export interface EvaluatedSamples {
  readonly classified: readonly ClassifiedSample[];
  readonly segmented: readonly SegmentedSample[];
  readonly failures: readonly FailedSample[];
}

/** Samples that are on their way at the same time: enough to keep one host busy while files are read. */
const IN_FLIGHT = 4;

/** Sends every sample through the model. None drops out: each one is a result or a failure with its reason. */
export async function evaluateSamples(
  samples: readonly EcvlSample[],
  options: EvaluateOptions,
): Promise<EvaluatedSamples> {
  const results: (ClassifiedSample | SegmentedSample | FailedSample)[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    for (;;) {
      const place = next++;
      const sample = samples[place];
      if (sample === undefined) return;
      results[place] = await evaluateSample(sample, options);
      options.onProgress(++done);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  return {
    classified: results.filter((result) => 'probabilities' in result),
    segmented: results.filter((result) => 'truePositives' in result),
    failures: results.filter((result) => 'code' in result),
  };
}

async function evaluateSample(
  sample: EcvlSample,
  options: EvaluateOptions,
): Promise<ClassifiedSample | SegmentedSample | FailedSample> {
  const location = sample.locations.join(', ');
  try {
    return await measureSample(sample, location, options);
  } catch (thrown) {
    const error = DeepHealthError.from(thrown);
    // Nothing more can come of it; a report of failures alone would hide why.
    if (error.code === 'DH_CONNECT_FAILED') throw error;
    return { index: sample.index, location, code: error.code, message: error.message };
  }
}

async function measureSample(sample: EcvlSample, location: string, options: EvaluateOptions) {
  const { client, model, output, measure, folder, deadlineMs } = options;
  const truth = truthOf(sample, measure);
  const inputs = await sampleInputs(sample, options);
  const response = await client.predict(
    { modelName: model.summary?.name ?? '', modelVersion: model.summary?.version ?? '', inputs, requestId: '' },
    { deadlineMs },
  );
  const finding = response.findings.find(({ name }) => name === output);
  if (finding === undefined) throw sampleUnusable(`The answer holds no output "${output}".`);
  const { index } = sample;
  if (measure.task === 'segmentation') {
    const predicted = toPredictedMask(finding, measure.threshold);
    const mask = await readMask(placeOf(folder, truth as string));
    return { index, location, ...overlap(predicted.isObject, resampleMask(mask, predicted.width, predicted.height)) };
  }
  const { classification } = finding;
  if (!classification) throw sampleUnusable(`The output "${output}" is no classification.`);
  return {
    index,
    location,
    truth: truth as number[],
    probabilities: measure.labels.map(
      (label) => classification.classes.find((c) => c.label === label)?.probability ?? Number.NaN,
    ),
    decision: classification.decision.map((label) => measure.labels.indexOf(label)),
    abstained: classification.abstained,
  };
}

/** Classes in the model's list, or the location of a mask. */
function truthOf({ label, problem }: EcvlSample, measure: Measure): readonly number[] | string {
  if (problem !== undefined) throw sampleUnusable(problem);
  if (label === undefined) throw sampleUnusable('It has no label.');
  if (measure.task === 'segmentation') {
    if (label.kind === 'mask') return label.location;
    throw sampleUnusable('Its label is a class, but the output is a mask.');
  }
  if (label.kind === 'mask') {
    throw sampleUnusable(
      `Its label ${JSON.stringify(label.location.slice(0, 80))} is no class of the dataset. Check the spelling.`,
    );
  }
  if (measure.mode !== 'multilabel' && label.classes.length !== 1) {
    throw sampleUnusable(`It has ${label.classes.length} classes, but the model decides for exactly one.`);
  }
  return label.classes.map((index) => measure.classMap[index] as number);
}

function overlap(predicted: Uint8Array, truth: Uint8Array) {
  const counts = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
  predicted.forEach((isObject, i) => {
    if (isObject && truth[i]) counts.truePositives += 1;
    else if (isObject) counts.falsePositives += 1;
    else if (truth[i]) counts.falseNegatives += 1;
    else counts.trueNegatives += 1;
  });
  return counts;
}
