/**
 * One number that was fitted after training, so that probabilities are as often right as they say: the
 * values of the tensor are divided by it before the activation (Guo et al. 2017, temperature scaling).
 */
export interface CalibrationSpec {
  readonly method: 'temperature';
  /** Above 1: the model was too sure. */
  readonly temperature: number;
  /** What it was fitted on: data set and split. */
  readonly data: string;
  /** Labelled samples that it was fitted on. */
  readonly samples: number;
  /** Expected calibration error on `data`, 0 to 1, without and with the temperature. */
  readonly eceBefore: number;
  readonly eceAfter: number;
}
