import { type BootstrapOptions, bootstrap, type Estimate } from './bootstrap.js';
import type { SegmentedSample } from './evaluated-sample.js';

/** Figures of masks over a data set. */
export interface SegmentationReport {
  readonly task: 'segmentation';
  readonly sampleCount: number;
  readonly overall: Readonly<Record<string, Estimate>>;
  readonly samples: readonly (SegmentedSample & { readonly dice: number; readonly iou: number })[];
}

/**
 * Overlap of masks. Dice and IoU are of each image first and then averaged, two empty masks counting 1;
 * the `pooled` ones are of all pixels together. Intervals come from resampling images.
 */
export function reportSegmentation(samples: readonly SegmentedSample[], options: BootstrapOptions): SegmentationReport {
  const scored = samples.map((sample) => ({ ...sample, dice: diceOf(sample), iou: iouOf(sample) }));
  const meanOf = (values: readonly number[]) => (weights: ArrayLike<number>) => {
    let [sum, total] = [0, 0];
    values.forEach((value, i) => {
      sum += value * (weights[i] as number);
      total += weights[i] as number;
    });
    return sum / total;
  };
  const pooledOf = (ratio: (counts: PixelCounts) => number) => (weights: ArrayLike<number>) =>
    ratio(pooled(samples, weights));
  const overall = bootstrap(
    samples.length,
    {
      dice: meanOf(scored.map(({ dice }) => dice)),
      iou: meanOf(scored.map(({ iou }) => iou)),
      pooled_dice: pooledOf(diceOf),
      pooled_iou: pooledOf(iouOf),
      pixel_sensitivity: pooledOf((c) => c.truePositives / (c.truePositives + c.falseNegatives)),
      pixel_specificity: pooledOf((c) => c.trueNegatives / (c.trueNegatives + c.falsePositives)),
    },
    options,
  );
  return { task: 'segmentation', sampleCount: samples.length, overall, samples: scored };
}

type PixelCounts = Pick<SegmentedSample, 'truePositives' | 'falsePositives' | 'falseNegatives' | 'trueNegatives'>;

function diceOf({ truePositives, falsePositives, falseNegatives }: PixelCounts): number {
  const total = 2 * truePositives + falsePositives + falseNegatives;
  return total === 0 ? 1 : (2 * truePositives) / total;
}

function iouOf({ truePositives, falsePositives, falseNegatives }: PixelCounts): number {
  const union = truePositives + falsePositives + falseNegatives;
  return union === 0 ? 1 : truePositives / union;
}

function pooled(samples: readonly SegmentedSample[], weights: ArrayLike<number>): PixelCounts {
  const sums = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
  samples.forEach((sample, i) => {
    for (const name of Object.keys(sums) as (keyof PixelCounts)[]) sums[name] += sample[name] * (weights[i] as number);
  });
  return sums;
}
