import { text } from '../../text/text.js';
import type { ColumnFacts } from '../model/model-facts.js';
import type { FormValues } from './form-values.js';

/** A field for each column, with its unit and ranges. */
export function TableForm({
  columns,
  values,
  problems,
  outsideTraining,
  change,
}: {
  readonly columns: readonly ColumnFacts[];
  readonly values: FormValues;
  /** Shown beside their fields, by the column's name. */
  readonly problems: Readonly<Record<string, string>>;
  readonly outsideTraining: readonly string[];
  readonly change: (name: string, value: string) => void;
}) {
  return (
    <fieldset class="table-form">
      <legend class="unseen">{text.try.formLegend}</legend>
      {columns.map((column) => {
        const problem = problems[column.name] ?? '';
        const isOutside = problem === '' && outsideTraining.includes(column.name);
        const id = fieldId(column.name);
        return (
          <div key={column.name} class="field">
            <label for={id}>
              {column.name} {column.unit !== '' && column.unit !== '1' && <span class="unit">{column.unit}</span>}
            </label>
            <Control
              column={column}
              id={id}
              value={values[column.name] ?? ''}
              isInvalid={problem !== ''}
              change={(value) => change(column.name, value)}
            />
            <p class="hint" id={`${id}-hint`}>
              {hintOf(column)}
            </p>
            <p class={isOutside ? 'caution' : 'problem'} id={`${id}-problem`}>
              {isOutside ? text.try.outsideTraining : problem}
            </p>
          </div>
        );
      })}
    </fieldset>
  );
}

export const fieldId = (column: string): string => `value-${column}`;

function hintOf({ description, validRange, trainingRange, replacement }: ColumnFacts): string {
  const ranges = [
    ...(validRange === undefined ? [] : [text.try.acceptedHint(...validRange)]),
    ...(trainingRange === undefined ? [] : [text.try.trainingHint(...trainingRange)]),
    ...(replacement === undefined ? [] : [text.try.optional(replacement)]),
  ];
  return [description, ranges.join(' ')].filter(Boolean).join(' ');
}

function Control({
  column: { name, type, categories, replacement },
  id,
  value,
  isInvalid,
  change,
}: {
  readonly column: ColumnFacts;
  readonly id: string;
  readonly value: string;
  readonly isInvalid: boolean;
  readonly change: (value: string) => void;
}) {
  const shared = {
    id,
    name,
    value,
    'aria-invalid': isInvalid,
    'aria-describedby': `${id}-hint ${id}-problem`,
    required: replacement === undefined,
  };
  if (type === 'category' || type === 'boolean') {
    const options: readonly (readonly [string, string])[] =
      type === 'boolean'
        ? [
            ['true', text.yes],
            ['false', text.no],
          ]
        : categories.map((one) => [one, one] as const);
    return (
      <select {...shared} onChange={(event) => change(event.currentTarget.value)}>
        <option value="">{replacement === undefined ? text.try.pleaseChoose : text.try.leftEmpty}</option>
        {options.map(([option, label]) => (
          <option key={option} value={option}>
            {label}
          </option>
        ))}
      </select>
    );
  }
  return (
    <input
      {...shared}
      type="text"
      autocomplete="off"
      inputMode={type === 'number' ? 'decimal' : 'text'}
      onInput={(event) => change(event.currentTarget.value)}
    />
  );
}
