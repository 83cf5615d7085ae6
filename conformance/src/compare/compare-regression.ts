import type { runtimeV1 } from '@deephealth/proto';
import type { ExpectedRegression } from '../oracle/expected-finding.js';
import { allowedError, type NumericClass, type NumericProfile, type Verdict } from './compare-numbers.js';
import { agrees, differs } from './finding-verdict.js';

/** Labels and units text by text, in order; values by the scaled rule, as FP32 numbers. */
export function compareRegression(
  actual: runtimeV1.Regression__Output,
  { values }: ExpectedRegression,
  numericClass: NumericClass,
  profile: NumericProfile,
): Verdict {
  if (actual.values.length !== values.length)
    return differs(`there are ${actual.values.length} values, not ${values.length}`);
  let worst = 0;
  for (const [index, expected] of values.entries()) {
    const { label, unit, value } = actual.values[index] as runtimeV1.RegressionValue__Output;
    if (label !== expected.label) return differs(`value ${index} is "${label}", not "${expected.label}"`);
    if (unit !== expected.unit) return differs(`"${label}" is in "${unit}", not in "${expected.unit}"`);
    if (Object.is(value, expected.value)) continue;
    const error = Math.abs(value - expected.value);
    const allowed =
      numericClass === 'exact' ? 0 : allowedError('FP32', expected.value, expected.scale, numericClass, profile);
    if (!(error <= allowed)) return differs(`"${label}" differs by ${error.toPrecision(3)}`);
    worst = Math.max(worst, error / allowed);
  }
  return agrees(`${values.length} values in their units`, worst);
}
