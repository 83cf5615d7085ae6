import { DeepHealthError } from '@deephealth/sdk';
import type { RuleBaseBinding, VariableBinding } from '../bindings/expressif-binding.js';
import type { InputValue } from '../engine/input-value.js';
import type { DecisionRequest, GivenValue } from './decision-request.js';
import { refused } from './parse-body.js';

const MILLISECONDS = 1_000;

/** What was said of a variable, in the unit that the rules were written for. */
export interface GivenInput {
  readonly value: InputValue;
  readonly atMs?: number;
  /** JSON pointer of where it was said. */
  readonly field: string;
}

/**
 * What whoever asks says of the variables of a rule base; a variable that was not mentioned is not there.
 *
 * @param columns names of the model's columns, which may be told beside the variables
 * @throws DH_REQUEST_MALFORMED, DH_UNIT_MISMATCH and DH_CATEGORY_UNKNOWN naming the field, never its value
 */
export function givenInputs(
  { variables }: RuleBaseBinding,
  columns: ReadonlySet<string>,
  { values }: DecisionRequest,
): Map<string, GivenInput> {
  const found = new Map<string, GivenInput>();
  const known = new Set(columns);
  for (const [name, variable] of Object.entries(variables)) {
    if (variable.model !== undefined) {
      if (values.has(name)) throw refused(`/values/${name}`, 'comes from the model, and cannot be said beside it');
      continue;
    }
    const place = variable.column ?? name;
    known.add(place);
    const given = values.get(place);
    if (given === undefined) continue;
    const field = `/values/${place}`;
    const value = given.kind === 'degrees' ? { degrees: given.degrees } : toNumber(variable, given, field);
    found.set(name, { value, field, ...(given.atMs === undefined ? {} : { atMs: given.atMs }) });
  }
  for (const name of values.keys()) {
    if (!known.has(name)) throw refused(`/values/${name}`, 'is no variable of the rules and no column of the model');
  }
  return found;
}

/**
 * The same at one moment: a value that is too old then is absent, and told apart from one that was never there.
 *
 * @param nowMs the moment that the decision is for
 * @throws as `givenInputs`; DH_REQUEST_MALFORMED for a value of the time to come, or without a time where rules ask
 * for one
 */
export function ruleInputs(
  binding: RuleBaseBinding,
  columns: ReadonlySet<string>,
  request: DecisionRequest,
  nowMs: number,
): Map<string, InputValue> {
  return new Map(
    [...givenInputs(binding, columns, request)].map(([name, { value, atMs, field }]) => {
      if (atMs !== undefined && atMs > nowMs) {
        throw refused(`${field}/at`, 'lies after the moment that the decision is for');
      }
      const { maxAgeS } = binding.variables[name] as VariableBinding;
      if (value === undefined || maxAgeS === undefined) return [name, value];
      if (atMs === undefined) throw refused(field, 'must say its time by "at": the rules do not take old values');
      return [name, nowMs - atMs >= maxAgeS * MILLISECONDS ? { absent: 'expired' } : value];
    }),
  );
}

function toNumber(
  { numbers, unit: expected }: VariableBinding,
  { value, unit }: Extract<GivenValue, { kind: 'plain' }>,
  field: string,
): number | undefined {
  if (value === null) return undefined;
  if (numbers !== undefined && typeof value !== 'number') {
    const number = Object.hasOwn(numbers, String(value)) ? numbers[String(value)] : undefined;
    if (number !== undefined) return number ?? undefined;
    throw new DeepHealthError('DH_CATEGORY_UNKNOWN', `Field "${field}" is none of the categories that it may be.`, {
      details: { field, expected: Object.keys(numbers).join(', ') },
    });
  }
  if (numbers !== undefined) throw refused(field, `must be one of ${Object.keys(numbers).join(', ')}`);
  if (typeof value !== 'number') throw refused(field, 'must be a number');
  if ((unit ?? '1') !== expected) {
    throw new DeepHealthError(
      'DH_UNIT_MISMATCH',
      `Field "${field}" must be in "${expected}"; ${unit === undefined ? 'no unit came' : 'another unit came'}. Nothing is converted.`,
      { details: { field, expected, ...(unit === undefined ? {} : { received: unit }) } },
    );
  }
  return value;
}
