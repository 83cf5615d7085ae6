import { standardize } from '@deephealth/native';
import { type ColumnSpec, DeepHealthError, type ErrorCode, type TableInputSpec } from '@deephealth/sdk';
import type { TableInput } from '../host/model-input.js';
import { manifestInvalid } from './manifest-invalid.js';
import type { ComputedTensor } from './prepared-tensor.js';

type Value = number | string | boolean;

/** `table_to_features`, then any `standardize`: one row, FP32 [1, features]. */
export function tableToPrepared(spec: TableInputSpec, input: TableInput): ComputedTensor {
  const [{ features }, ...rest] = spec.steps;
  const row = new Float32Array(features.length);
  features.forEach(({ column: name, equals }, index) => {
    const column = spec.columns.find((declared) => declared.name === name);
    if (column === undefined) {
      throw manifestInvalid(`${spec.name}/steps/0/features/${index}/column`, `names "${name}", which is not a column.`);
    }
    row[index] = encodeFeature(spec, column, equals, presentValue(spec, column, input));
  });
  for (const step of rest) standardize(row, step.mean, step.std, row);
  return { dataType: 'FP32', shape: [1, row.length], data: row };
}

/** The value sent, or the manifest's replacement where it is missing. */
function presentValue(spec: TableInputSpec, column: ColumnSpec, input: TableInput): Value {
  const value = Object.hasOwn(input.values, column.name) ? input.values[column.name] : undefined;
  if (value === undefined) throw refusal('DH_COLUMN_MISSING', spec, column, 'was not sent');
  if (value !== null) return value;
  if (typeof column.missing !== 'object') {
    throw refusal('DH_VALUE_MISSING', spec, column, 'is missing, and the model cannot do without it');
  }
  return column.missing.impute;
}

function encodeFeature(spec: TableInputSpec, column: ColumnSpec, equals: string | undefined, value: Value): number {
  if ((column.type === 'category') !== (equals !== undefined)) {
    const rule = column.type === 'category' ? 'needs an `equals`' : 'takes no `equals`';
    throw manifestInvalid(
      `${spec.name}/steps/0/features`,
      `encodes ${column.type} column "${column.name}", which ${rule}.`,
    );
  }
  switch (column.type) {
    case 'number': {
      if (typeof value !== 'number') throw refusal('DH_COLUMN_TYPE_MISMATCH', spec, column, 'must be a number');
      if (!Number.isFinite(value)) throw refusal('DH_VALUE_NOT_FINITE', spec, column, 'is NaN or infinite');
      const rounded = Math.fround(value);
      if (!Number.isFinite(rounded)) throw refusal('DH_VALUE_OUT_OF_RANGE', spec, column, 'is too large for FP32');
      return rounded;
    }
    case 'category':
      if (typeof value !== 'string') throw refusal('DH_COLUMN_TYPE_MISMATCH', spec, column, 'must be a category');
      // An unlisted category would be encoded as all zeros, which means something else.
      if (!column.categories.includes(value)) {
        throw refusal('DH_CATEGORY_UNKNOWN', spec, column, 'holds a category that the model does not know');
      }
      return value === equals ? 1 : 0;
    case 'boolean':
      if (typeof value !== 'boolean') throw refusal('DH_COLUMN_TYPE_MISMATCH', spec, column, 'must be a boolean');
      return value ? 1 : 0;
  }
}

function refusal(code: ErrorCode, spec: TableInputSpec, column: ColumnSpec, what: string): DeepHealthError {
  return new DeepHealthError(code, `Input "${spec.name}": "${column.name}" ${what}.`, {
    details: { input: spec.name, column: column.name },
  });
}
