import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type InputSpec, type Manifest, repeatedKey, toNamedInputs } from '@deephealth/sdk';
import { type Entry, type Plain, type Question, schemaFault } from '../../expressif/decision.js';
import type { BoundVariable } from '../../expressif/expressif-binding.js';
import type { Given } from '../../expressif/oracle/rule-oracle.js';

export type Variables = Readonly<Record<string, BoundVariable>>;
type Said = Plain | Entry;

const SECOND_MS = 1_000;
const MODEL_UNKNOWN = 'MISSING_REASON_UNKNOWN';

/** How questions are read. Each rule is a method of its own, so that a mutant can change one of them and nothing else. */
export class ReferenceQuestions {
  /** @throws DH_REQUEST_MALFORMED */
  parse(body: Uint8Array): Question {
    const text = this.textOf(body);
    const document = this.documentOf(text);
    this.checkRepeated(text);
    this.checkForm(document);
    const question = document as Question;
    if (question.at !== undefined) this.timeOf(question.at);
    return question;
  }

  textOf(body: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(body);
    } catch {
      throw this.malformed('It is no text in UTF-8.');
    }
  }

  documentOf(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.malformed('It is no JSON.');
    }
  }

  checkRepeated(text: string): void {
    if (repeatedKey(text) !== undefined) throw this.malformed('Something is said twice.');
  }

  checkForm(document: unknown): void {
    if (schemaFault('question', document) !== undefined) throw this.malformed('It breaks its schema.');
  }

  timeOf(text: string): number {
    const time = Date.parse(text);
    if (Number.isNaN(time)) throw this.malformed('A moment is none.');
    return time;
  }

  momentOf({ at }: Question): number {
    return at === undefined ? Date.now() : this.timeOf(at);
  }

  /**
   * What the caller says of the variables that no model gives.
   *
   * @throws DH_REQUEST_MALFORMED, DH_UNIT_MISMATCH and DH_CATEGORY_UNKNOWN, without a value
   */
  given(variables: Variables, manifest: Manifest, { values }: Question, atMs: number): Record<string, Given> {
    this.checkNames(variables, manifest, Object.keys(values));
    return Object.fromEntries(
      Object.entries(variables)
        .filter(([, { model }]) => model === undefined)
        .map(([name, variable]) => {
          const place = variable.column ?? name;
          return [name, this.givenOf(variable, place, Object.hasOwn(values, place) ? values[place] : undefined, atMs)];
        }),
    );
  }

  checkNames(variables: Variables, manifest: Manifest, said: readonly string[]): void {
    const own = Object.entries(variables).flatMap(([name, { model, column }]) => (model ? [] : [column ?? name]));
    const known = new Set([...own, ...columnsOf(manifest)]);
    if (said.some((name) => !known.has(name)))
      throw this.malformed('It names what nobody asks for, or what the model gives.');
  }

  givenOf(variable: BoundVariable, name: string, said: Said | undefined, atMs: number): Given {
    if (said === undefined || said === null) return this.missing();
    const entry: Entry = typeof said === 'object' ? said : { value: said };
    const isOld = this.isOld(variable, entry, name, atMs);
    if ('degrees' in entry) return isOld ? { absent: 'expired' } : { degrees: entry.degrees };
    if (entry.value === null) return this.missing();
    const value = this.numberOf(variable, entry, name);
    return isOld ? { absent: 'expired' } : value;
  }

  missing(): Given {
    return undefined;
  }

  isOld({ maxAgeS }: BoundVariable, { at }: Entry, name: string, atMs: number): boolean {
    const time = at === undefined ? undefined : this.timeOf(at);
    this.checkFuture(time, name, atMs);
    if (maxAgeS === undefined) return false;
    if (time === undefined) return this.withoutTime(name);
    return atMs - time > maxAgeS * SECOND_MS;
  }

  checkFuture(time: number | undefined, name: string, atMs: number): void {
    if (time !== undefined && time > atMs) throw this.malformed(`"${name}" is of a later moment than the decision.`);
  }

  withoutTime(name: string): boolean {
    throw this.malformed(`"${name}" must say its time.`);
  }

  numberOf(variable: BoundVariable, entry: Extract<Entry, { value: Plain }>, name: string): number {
    const { value, unit } = entry;
    if (variable.numbers !== undefined) return this.categoryOf(variable.numbers, value, name);
    if (typeof value !== 'number') return this.noNumber(value, name);
    this.checkUnit(variable.unit, unit, name);
    return value;
  }

  noNumber(_value: Plain, name: string): number {
    throw this.malformed(`"${name}" must be a number.`);
  }

  categoryOf(numbers: Readonly<Record<string, number>>, value: Plain, name: string): number {
    if (typeof value === 'number') return this.numberForCategory(value, name);
    const number = Object.hasOwn(numbers, String(value)) ? numbers[String(value)] : undefined;
    return number ?? this.unknownCategory(numbers, name);
  }

  numberForCategory(_value: number, name: string): number {
    throw this.malformed(`"${name}" is a category, and no number.`);
  }

  unknownCategory(_numbers: Readonly<Record<string, number>>, name: string): number {
    throw new DeepHealthError('DH_CATEGORY_UNKNOWN', `"${name}" is none of its categories.`, {
      details: { field: name },
    });
  }

  checkUnit(expected: string, unit: string | undefined, name: string): void {
    if ((unit ?? '1') === expected) return;
    throw new DeepHealthError('DH_UNIT_MISMATCH', `"${name}" must be in "${expected}".`, { details: { field: name } });
  }

  /** What the model is asked with. @throws DH_REQUEST_MALFORMED */
  modelInputs({ inputs }: Manifest, { values, inputs: given = {} }: Question): runtimeV1.NamedInput[] {
    const tables = inputs.filter((one): one is Extract<InputSpec, { kind: 'table' }> => one.kind === 'table');
    try {
      return [
        ...toNamedInputs(given),
        ...tables.map(({ name, columns }) => ({
          name,
          table: { values: columns.flatMap((column) => tableValue(column.name, values[column.name])) },
        })),
      ];
    } catch {
      throw this.malformed('An input has another shape than its values.');
    }
  }

  malformed(message: string): DeepHealthError {
    return new DeepHealthError('DH_REQUEST_MALFORMED', message);
  }
}

function columnsOf({ inputs }: Manifest): string[] {
  return inputs.flatMap((input) => (input.kind === 'table' ? input.columns.map(({ name }) => name) : []));
}

function tableValue(name: string, said: Said | undefined): runtimeV1.TableValue[] {
  if (said === undefined) return [];
  const entry = typeof said === 'object' && said !== null ? said : { value: said };
  if (!('value' in entry) || entry.value === null) return [{ name, missing: MODEL_UNKNOWN }];
  const { value, unit = '' } = entry;
  if (typeof value === 'number') return [{ name, number: value, unit }];
  return [typeof value === 'boolean' ? { name, boolean: value } : { name, category: value }];
}
