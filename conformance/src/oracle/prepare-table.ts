import type { runtimeV1 } from '@deephealth/proto';
import { type ColumnSpec, type RawTensor, type TableInputSpec, tensorFromValues } from '@deephealth/sdk';

/** `table_to_features` and `standardize`: FP32 [1, features]. */
export function prepareTable({ columns, steps }: TableInputSpec, { values }: runtimeV1.Table__Output): RawTensor {
  const [{ features }, ...rest] = steps;
  const row = features.map(({ column: name, equals }) => {
    const column = columns.find((declared) => declared.name === name);
    const sent = values.find((value) => value.name === name);
    if (column === undefined || sent === undefined) throw new RangeError(`the column "${name}" was not sent`);
    const value = presentValue(column, sent);
    return equals === undefined ? Number(value) : Number(value === equals);
  });
  const standardized = rest.reduce(
    (all, { mean, std }) => all.map((x, i) => Math.fround((x - (mean[i] as number)) / (std[i] as number))),
    row.map(Math.fround),
  );
  return tensorFromValues('FP32', [1, row.length], standardized);
}

/** The value sent, or the manifest's replacement of a missing one. */
function presentValue(column: ColumnSpec, { value, number, category, boolean }: runtimeV1.TableValue__Output) {
  if (value === 'missing') {
    if (typeof column.missing !== 'object') throw new RangeError(`"${column.name}" may not be missing`);
    return column.missing.impute;
  }
  return number ?? category ?? boolean;
}
