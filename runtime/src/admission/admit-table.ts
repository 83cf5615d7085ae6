import type { runtimeV1 } from '@deephealth/proto';
import {
  type ColumnSpec,
  DeepHealthError,
  type ErrorCode,
  type NumberColumnSpec,
  type TableInputSpec,
} from '@deephealth/sdk';
import type { TableInput } from '../host/model-input.js';

type Value = runtimeV1.TableValue__Output;
type Warn = (warning: runtimeV1.Warning) => void;

/** Checks the values of a table against its columns; warnings tell what was imputed or unusual. */
export function admitTable(spec: TableInputSpec, table: runtimeV1.Table__Output, warn: Warn): TableInput {
  const sent = new Map<string, Value>();
  for (const value of table.values) {
    if (!spec.columns.some((column) => column.name === value.name)) {
      throw refusal(
        'DH_COLUMN_UNKNOWN',
        spec,
        value.name,
        'is not a column of the model',
        spec.columns.map((c) => c.name).join(', '),
      );
    }
    if (sent.has(value.name)) throw refusal('DH_COLUMN_DUPLICATE', spec, value.name, 'was sent twice', 'once');
    sent.set(value.name, value);
  }
  return {
    kind: 'table',
    values: Object.fromEntries(
      spec.columns.map((column) => {
        const value = sent.get(column.name);
        if (value === undefined) {
          throw refusal(
            'DH_COLUMN_MISSING',
            spec,
            column.name,
            'was not sent; if its value is unknown, send it as missing',
            'a value, or a missing reason',
          );
        }
        return [column.name, admitValue(spec, column, value, warn)];
      }),
    ),
  };
}

function admitValue(
  spec: TableInputSpec,
  column: ColumnSpec,
  value: Value,
  warn: Warn,
): number | string | boolean | null {
  if (value.value === 'missing') return admitMissing(spec, column, warn);
  if (value.value !== column.type) {
    throw refusal(
      'DH_COLUMN_TYPE_MISMATCH',
      spec,
      column.name,
      `must be a ${column.type}`,
      column.type,
      value.value ?? 'nothing',
    );
  }
  const unit = column.type === 'number' ? column.unit : '';
  // "1" is UCUM for a bare number, which most senders leave empty.
  if (value.unit !== unit && !(unit === '1' && value.unit === '')) {
    throw refusal(
      'DH_UNIT_MISMATCH',
      spec,
      column.name,
      `must be in "${unit}"`,
      unit,
      value.unit === '' ? 'no unit' : 'another unit',
    );
  }
  switch (column.type) {
    case 'number':
      return admitNumber(spec, column, value.number as number, warn);
    case 'category':
      if (!column.categories.includes(value.category as string)) {
        throw refusal(
          'DH_CATEGORY_UNKNOWN',
          spec,
          column.name,
          'holds a category that the model does not know',
          column.categories.join(', '),
        );
      }
      return value.category as string;
    case 'boolean':
      return value.boolean as boolean;
  }
}

function admitNumber(spec: TableInputSpec, column: NumberColumnSpec, value: number, warn: Warn): number {
  if (!Number.isFinite(value))
    throw refusal('DH_VALUE_NOT_FINITE', spec, column.name, 'is NaN or infinite', 'a finite number');
  const [lowest, highest] = column.validRange;
  if (value < lowest || value > highest) {
    const expected = `${lowest} to ${highest} ${column.unit}`;
    throw refusal(
      'DH_VALUE_OUT_OF_RANGE',
      spec,
      column.name,
      `lies outside the valid range ${expected}; check its unit`,
      expected,
    );
  }
  const trained = column.trainingRange;
  if (trained !== undefined && (value < trained[0] || value > trained[1])) {
    warn({
      kind: 'WARNING_KIND_OUTSIDE_TRAINING_RANGE',
      field: `${spec.name}.${column.name}`,
      message: `"${column.name}" lies outside the range that the model was trained on (${trained[0]} to ${trained[1]} ${column.unit}).`,
    });
  }
  return value;
}

function admitMissing(spec: TableInputSpec, column: ColumnSpec, warn: Warn): null {
  if (typeof column.missing !== 'object') {
    throw refusal('DH_VALUE_MISSING', spec, column.name, 'is missing, and the model cannot do without it', 'a value');
  }
  warn({
    kind: 'WARNING_KIND_IMPUTED',
    field: `${spec.name}.${column.name}`,
    message: `"${column.name}" is missing; the model's recorded replacement was used.`,
  });
  return null;
}

function refusal(
  code: ErrorCode,
  spec: TableInputSpec,
  column: string,
  what: string,
  expected: string,
  received?: string,
): DeepHealthError {
  // An unknown name comes from the caller and is quoted shortened: it may be a value in the wrong place.
  const name = code === 'DH_COLUMN_UNKNOWN' ? 'A name' : `"${column}"`;
  return new DeepHealthError(code, `Input "${spec.name}": ${name} ${what}.`, {
    details: {
      input: spec.name,
      ...(code === 'DH_COLUMN_UNKNOWN' ? {} : { column }),
      expected,
      ...(received === undefined ? {} : { received }),
    },
  });
}
