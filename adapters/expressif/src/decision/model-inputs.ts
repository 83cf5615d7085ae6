import type { runtimeV1 } from '@deephealth/proto';
import { type Manifest, schemaProblems, type TableInputSpec, toNamedInputs } from '@deephealth/sdk';
import type { DecisionRequest, GivenValue } from './decision-request.js';
import { refused } from './parse-body.js';

/**
 * What the model is asked with: the inputs of the question as they are, and its tables of what was said of their
 * columns. What the model needs and nobody said is the runtime's to refuse, as for every other caller.
 *
 * @throws DH_REQUEST_MALFORMED naming the field
 */
export function modelInputs({ inputs }: Manifest, { values, inputs: given }: DecisionRequest): runtimeV1.NamedInput[] {
  if (Object.keys(given).length > 0) checkNotation(given);
  const tables = inputs.filter(
    (input): input is TableInputSpec => input.kind === 'table' && !Object.hasOwn(given, input.name),
  );
  try {
    return [
      ...toNamedInputs(given),
      ...tables.map(({ name, columns }) => ({
        name,
        table: {
          values: columns.flatMap((column) => {
            const one = values.get(column.name);
            return one === undefined ? [] : [toTableValue(column.name, one)];
          }),
        },
      })),
    ];
  } catch (cause) {
    if (cause instanceof RangeError) throw refused('/inputs', 'states a shape that its values do not have', cause);
    throw cause;
  }
}

function checkNotation(inputs: DecisionRequest['inputs']): void {
  const frame = { schemaVersion: 1, id: 'x', description: 'x', source: 'x', expected: { tensors: {} } };
  const problem = schemaProblems('golden', { ...frame, inputs }).find(({ field }) => field.startsWith('/inputs'));
  if (problem !== undefined) throw refused(problem.field, 'is not in the notation of golden cases');
}

function toTableValue(name: string, given: GivenValue): runtimeV1.TableValue {
  if (given.kind === 'degrees') throw refused(`/values/${name}`, 'is a column of the model, which takes no degrees');
  const { value, unit } = given;
  if (value === null) return { name, missing: 'MISSING_REASON_UNKNOWN' };
  if (typeof value === 'boolean') return { name, boolean: value };
  if (typeof value === 'string') return { name, category: value };
  return { name, number: value, unit: unit ?? '' };
}
