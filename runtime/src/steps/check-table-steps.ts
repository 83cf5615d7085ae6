import type { TableInputSpec } from '@deephealth/sdk';
import { checkFp32Range } from './fp32-range.js';
import { manifestInvalid } from './manifest-invalid.js';
import type { ProducedExtent } from './produced-shape.js';

/** Checks the steps of a table; returns the shape that they give. */
export function checkTableSteps(spec: TableInputSpec, pointer: string): ProducedExtent[] {
  spec.columns.forEach((column, index) => {
    if (column.type === 'number') checkFp32Range(column.validRange, `${pointer}/columns/${index}/validRange`);
  });
  const [{ features }, ...rest] = spec.steps;
  features.forEach(({ column: name, equals }, index) => {
    const at = `${pointer}/steps/0/features/${index}`;
    const column = spec.columns.find((declared) => declared.name === name);
    if (column === undefined)
      throw manifestInvalid(`${at}/column`, `names "${name}", which is not a column of this input.`);
    if (column.type === 'category') {
      if (equals === undefined) {
        throw manifestInvalid(
          at,
          `needs "equals": "${name}" is a category, and one feature says whether it is one of them.`,
        );
      }
      if (!column.categories.includes(equals)) {
        throw manifestInvalid(
          `${at}/equals`,
          `is "${equals}", which is not a category of "${name}" (${column.categories.join(', ')}).`,
        );
      }
    } else if (equals !== undefined) {
      throw manifestInvalid(
        `${at}/equals`,
        `must go: "${name}" is a ${column.type}, and only categories are compared.`,
      );
    }
  });
  rest.forEach((step, index) => {
    for (const field of ['mean', 'std'] as const) {
      if (step[field].length === features.length) continue;
      throw manifestInvalid(
        `${pointer}/steps/${index + 1}/${field}`,
        `has ${step[field].length} values for ${features.length} features. Give one per feature, in their order.`,
      );
    }
  });
  return [
    { minimum: 1, maximum: 1 },
    { minimum: features.length, maximum: features.length },
  ];
}
