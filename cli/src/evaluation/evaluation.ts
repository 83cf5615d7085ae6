import type { ClassificationReport, SegmentationReport } from '@deephealth/sdk';
import type { FailedSample } from './failed-sample.js';

/** Everything that an evaluation has found; what report.json holds. */
export interface Evaluation {
  readonly schemaVersion: 1;
  readonly model: { readonly name: string; readonly version: string; readonly packageSha256: string };
  readonly output: string;
  /** Of a classification: how the manifest makes probabilities of the tensor, and the temperature before that. */
  readonly activation?: 'none' | 'sigmoid' | 'softmax';
  readonly temperature?: number;
  readonly dataset: {
    readonly name: string;
    readonly file: string;
    readonly sha256: string;
    readonly split: string;
    /** Samples of the split: those with a result and those that failed. */
    readonly sampleCount: number;
    readonly notes: readonly string[];
  };
  readonly bootstrap: { readonly resamples: number; readonly seed: number; readonly level: 0.95 };
  /** Absent if no sample has a result. */
  readonly report?: ClassificationReport | SegmentationReport;
  readonly failures: readonly FailedSample[];
}
