import { sigmoid, softmax } from '@deephealth/native';
import type { ClassificationOutputSpec } from '@deephealth/sdk';
import { outputInvalid } from './output-invalid.js';

/** How far beyond 0 or 1 rounding may carry a probability: eight units in the last place of FP32. */
const ROUNDING = 2 ** -20;

/** How far from 1 probabilities that exclude each other may sum (DH-R-016). */
const SUM_TOLERANCE = 1e-4;

/**
 * One probability per class, in the order of the manifest, from the values of one row.
 *
 * The activation runs in FP64, of the values divided by the temperature where one is recorded. A binary output with one value holds the positive class; the negative
 * one gets the complement. A value beyond 0 or 1 by rounding alone (2^-20) is set to the bound.
 * Throws DH_MODEL_OUTPUT_INVALID for another number of values, a value that is no probability, and
 * for classes that exclude each other but do not sum to 1.
 */
export function probabilities(spec: ClassificationOutputSpec, row: Float64Array): Float64Array {
  const isLonePositive = spec.mode === 'binary' && row.length === 1;
  if (!isLonePositive && row.length !== spec.classes.length) {
    throw outputInvalid(spec.name, `the row has ${row.length} values for ${spec.classes.length} classes.`, {
      expected: String(spec.classes.length),
      received: String(row.length),
    });
  }
  const activated = new Float64Array(row);
  const { calibration } = spec;
  const values = calibration === undefined ? row : row.map((value) => value / calibration.temperature);
  if (spec.activation === 'sigmoid') sigmoid(values, activated);
  if (spec.activation === 'softmax') softmax(values, values.length, activated);
  activated.forEach((p, index) => {
    // Written so that NaN is refused too.
    if (!(p >= -ROUNDING && p <= 1 + ROUNDING)) {
      throw outputInvalid(
        spec.name,
        `value ${index} is no probability: not in 0 to 1. Check the activation in the manifest.`,
        {
          index: String(index),
        },
      );
    }
    activated[index] = Math.min(Math.max(p, 0), 1);
  });
  if (isLonePositive) {
    const positive = activated[0] as number;
    return Float64Array.of(1 - positive, positive);
  }
  if (spec.mode !== 'multilabel') {
    const sum = activated.reduce((total, p) => total + p, 0);
    if (Math.abs(sum - 1) > SUM_TOLERANCE) {
      throw outputInvalid(
        spec.name,
        'the probabilities do not sum to 1 within 1e-4. Check the activation in the manifest.',
      );
    }
  }
  return activated;
}
