import type { runtimeV1 } from '@deephealth/proto';
import { type ColumnSpec, DeepHealthError, type ErrorCode, type TableInputSpec } from '@deephealth/sdk';

type Value = runtimeV1.TableValue__Output;

/** Checks a table against its columns (DH-R-011 to DH-R-014). Throws DeepHealthError for what is wrong. */
export function admitTable(spec: TableInputSpec, { values }: runtimeV1.Table__Output): void {
  const refuse = (code: ErrorCode, column: string, message: string) =>
    new DeepHealthError(code, message, { details: { input: spec.name, column } });
  const names = new Set<string>();
  for (const { name } of values) {
    if (!spec.columns.some((column) => column.name === name)) {
      throw new DeepHealthError('DH_COLUMN_UNKNOWN', 'The model has no such column.', {
        details: { input: spec.name },
      });
    }
    if (names.has(name)) throw refuse('DH_COLUMN_DUPLICATE', name, 'A column was sent twice.');
    names.add(name);
  }
  for (const column of spec.columns) {
    const value = values.find(({ name }) => name === column.name);
    if (value === undefined) throw refuse('DH_COLUMN_MISSING', column.name, 'A column was not sent.');
    const fault = valueFault(column, value);
    if (fault !== undefined) throw refuse(fault, column.name, 'A value of the table is not one that the model takes.');
  }
}

function valueFault(column: ColumnSpec, value: Value): ErrorCode | undefined {
  if (value.value === 'missing') return typeof column.missing === 'object' ? undefined : 'DH_VALUE_MISSING';
  if (value.value !== column.type) return 'DH_COLUMN_TYPE_MISMATCH';
  const unit = column.type === 'number' ? column.unit : '';
  // "1" is UCUM for a bare number, which most senders leave empty.
  if (value.unit !== unit && !(unit === '1' && value.unit === '')) return 'DH_UNIT_MISMATCH';
  if (column.type === 'category') {
    return column.categories.includes(value.category ?? '') ? undefined : 'DH_CATEGORY_UNKNOWN';
  }
  if (column.type === 'boolean') return undefined;
  const number = value.number as number;
  if (!Number.isFinite(number)) return 'DH_VALUE_NOT_FINITE';
  const [lowest, highest] = column.validRange;
  return number < lowest || number > highest ? 'DH_VALUE_OUT_OF_RANGE' : undefined;
}

/** What was imputed, and what lies outside the range that the model was trained on (DH-R-036). */
export function tableWarnings(spec: TableInputSpec, { values }: runtimeV1.Table__Output): runtimeV1.Warning[] {
  return values.flatMap((value): runtimeV1.Warning[] => {
    const column = spec.columns.find(({ name }) => name === value.name);
    const field = `${spec.name}.${value.name}`;
    if (value.value === 'missing') {
      return [{ kind: 'WARNING_KIND_IMPUTED', field, message: 'A missing value was replaced as the model records.' }];
    }
    if (column?.type !== 'number' || column.trainingRange === undefined) return [];
    const [lowest, highest] = column.trainingRange;
    const number = value.number as number;
    if (number >= lowest && number <= highest) return [];
    const message = 'A value lies outside the range that the model was trained on.';
    return [{ kind: 'WARNING_KIND_OUTSIDE_TRAINING_RANGE', field, message }];
  });
}
