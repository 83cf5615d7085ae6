import type { DataTypeName, RegressionOutputSpec } from '@deephealth/sdk';
import type { RegressionValueResult } from './finding-result.js';
import { outputInvalid } from './output-invalid.js';

/**
 * The values of one row with their labels and units.
 * Throws DH_MODEL_OUTPUT_INVALID for another number of values, one that is not finite, and one
 * outside its valid range: the result is withheld, because the quantity cannot be what it says.
 *
 * @param dataType element type of the tensor; the bounds of FP32 are rounded to FP32 first, so that a
 * model that clips to a bound stays inside
 */
export function toRegressionValues(
  spec: RegressionOutputSpec,
  dataType: DataTypeName,
  row: Float64Array,
): RegressionValueResult[] {
  if (row.length !== spec.values.length) {
    throw outputInvalid(spec.name, `the row has ${row.length} values, the manifest declares ${spec.values.length}.`, {
      expected: String(spec.values.length),
      received: String(row.length),
    });
  }
  const round = dataType === 'FP32' ? Math.fround : Number;
  return spec.values.map(({ label, unit, codes, validRange }, index) => {
    const value = row[index] as number;
    if (!Number.isFinite(value)) throw outputInvalid(spec.name, `"${label}" is NaN or infinite.`, { label });
    if (validRange !== undefined && (value < round(validRange[0]) || value > round(validRange[1]))) {
      throw outputInvalid(
        spec.name,
        `"${label}" lies outside its valid range ${validRange[0]} to ${validRange[1]} ${unit}.`,
        {
          label,
          expected: `${validRange[0]} to ${validRange[1]} ${unit}`,
        },
      );
    }
    return { label, codes: [...(codes ?? [])], value, unit };
  });
}
