import type { ColumnSpec, Manifest, ReportBindingProblem } from '@deephealth/sdk';
import type { VariableBinding } from './expressif-binding.js';

/** Whether what is said of a variable that callers give fits itself and the columns of the model's table. */
export function fitsTable(
  name: string,
  variable: VariableBinding,
  manifest: Manifest,
  report: ReportBindingProblem,
): void {
  const { column, model, numbers, unit, maxAgeS } = variable;
  if (model !== undefined) {
    for (const field of ['column', 'numbers'] as const) {
      if (variable[field] !== undefined) report([field], 'The model gives this variable, and nobody else may.');
    }
    return;
  }
  if (numbers !== undefined && unit !== '1') report(['unit'], 'What stands for categories has the unit "1".');
  const columns = columnsOf(manifest);
  const found = columns.get(column ?? name);
  if (column === undefined) {
    if (found !== undefined) {
      report([], 'The model has a column of this name. Say that it is the same fact by "column", or rename one.');
    }
    return;
  }
  if (maxAgeS !== undefined)
    report(['maxAgeS'], 'A column of the model has no time, and one fact is not old for one of two.');
  if (found === undefined) report(['column'], `The model has no column of this name. ${namesOf([...columns.keys()])}`);
  else fitsColumn(variable, found, report);
}

/** Columns of the model's tables by their names. */
export function columnsOf({ inputs }: Manifest): Map<string, ColumnSpec> {
  return new Map(
    inputs.flatMap((input) => (input.kind === 'table' ? input.columns.map((one) => [one.name, one] as const) : [])),
  );
}

function fitsColumn({ unit, numbers }: VariableBinding, column: ColumnSpec, report: ReportBindingProblem): void {
  if (column.type === 'number') {
    if (numbers !== undefined) report(['numbers'], 'The column is a number already.');
    if (unit !== column.unit) report(['unit'], `The column has the unit "${column.unit}", and nothing converts it.`);
    return;
  }
  const values = column.type === 'boolean' ? ['true', 'false'] : column.categories;
  if (numbers === undefined) {
    report(['numbers'], `A rule reads numbers. Say what stands for ${values.map((one) => `"${one}"`).join(', ')}.`);
    return;
  }
  for (const value of values) {
    if (!Object.hasOwn(numbers, value)) report(['numbers'], `It says nothing of "${value}", which the column may be.`);
  }
  for (const value of Object.keys(numbers)) {
    if (!values.includes(value)) report(['numbers', value], 'The column is never this.');
  }
}

/** What there is, for the end of a sentence that says what there is not. */
export function namesOf(names: readonly string[]): string {
  return names.length === 0 ? 'It has none.' : `It has ${names.map((name) => `"${name}"`).join(', ')}.`;
}
