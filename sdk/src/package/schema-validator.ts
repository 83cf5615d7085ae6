import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { golden, model } from '../generated/validators.js';

export type SchemaName = 'model' | 'golden';

/** One thing that is wrong, as a sentence that names the field, what came and how to mend it. */
export interface SchemaProblem {
  /** JSON pointer, "" for the document itself. */
  readonly field: string;
  readonly sentence: string;
}

const VALIDATORS = { model, golden } as const;

/** Problems of a document under one of our schemas, most telling first; empty if it is valid. */
export function schemaProblems(name: SchemaName, document: unknown): SchemaProblem[] {
  return validatorProblems(VALIDATORS[name], document);
}

/** The same for a schema of another package, compiled by ajv with `allErrors` and `verbose`. */
export function validatorProblems(validate: ValidateFunction, document: unknown): SchemaProblem[] {
  if (validate(document)) return [];
  const problems = (validate.errors ?? [])
    // These only say that one of the branches below them failed, which the branch says better.
    .filter((error) => !isAlternative(error))
    .filter(
      (error) =>
        areAlternatives(error) ||
        !['if', 'allOf', 'oneOf', 'anyOf'].includes(error.keyword) ||
        isAlone(error, validate.errors),
    )
    .map((error) => ({ field: error.instancePath, sentence: toSentence(error) }));
  const seen = new Set<string>();
  return problems.filter(({ sentence }) => !seen.has(sentence) && seen.add(sentence));
}

/** Whether a schema asks for exactly one of several fields: each branch names one and says nothing else. */
function areAlternatives(error: ErrorObject): boolean {
  return error.keyword === 'oneOf' && (error.schema as object[]).every(isOnlyRequired);
}

function isAlternative(error: ErrorObject): boolean {
  return /\/oneOf\/\d+\/required$/.test(error.schemaPath) && isOnlyRequired(error.parentSchema ?? {});
}

const isOnlyRequired = (schema: object) => Object.keys(schema).join() === 'required';

function isAlone(error: ErrorObject, all: ErrorObject[] | null | undefined): boolean {
  return !all?.some((other) => other !== error && other.instancePath.startsWith(error.instancePath));
}

function toSentence(error: ErrorObject): string {
  const field = error.instancePath === '' ? 'The document' : `Field "${error.instancePath}"`;
  const params = error.params as Record<string, unknown>;
  const came = describe(error.data);
  switch (error.keyword) {
    case 'required':
      return `${field} lacks "${params.missingProperty}". Add it.`;
    case 'oneOf':
      return `${field} must hold exactly one of ${namesOf(error)}.`;
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return `${field} holds "${params.additionalProperty ?? params.unevaluatedProperty}", which the format does not know. Remove it, or check its spelling.`;
    case 'enum':
      return `${field} is ${came}. Use one of ${(params.allowedValues as unknown[]).map((v) => JSON.stringify(v)).join(', ')}.`;
    case 'const':
      return `${field} is ${came}. It must be ${JSON.stringify(params.allowedValue)}.`;
    case 'type':
      return `${field} is ${came}. It must be of type ${[params.type].flat().join(' or ')}.`;
    case 'pattern':
      return `${field} is ${came}. It must match ${params.pattern}.`;
    case 'minItems':
    case 'minLength':
    case 'minProperties':
      return `${field} is too short. It needs at least ${params.limit}.`;
    case 'maxItems':
    case 'maxLength':
    case 'maxProperties':
      return `${field} is too long. It may have at most ${params.limit}.`;
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `${field} is ${came}. It must be ${params.comparison} ${params.limit}.`;
    case 'uniqueItems':
      return `${field} lists the same entry twice. Remove one.`;
    default:
      return `${field} ${error.message ?? 'is not valid'}.`;
  }
}

/** The fields of which one must be there, from a schema's list of alternatives. */
function namesOf(error: ErrorObject): string {
  const branches = error.schema as { readonly required?: readonly string[] }[];
  const names = branches.flatMap(({ required = [] }) => required).map((name) => `"${name}"`);
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function describe(value: unknown): string {
  if (value === undefined) return 'absent';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
