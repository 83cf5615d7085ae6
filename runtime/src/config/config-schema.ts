import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { expectation, type JsonSchema, received } from './describe-setting.js';
import { nearName } from './near-name.js';

/** One setting that is wrong. */
export interface ConfigProblem {
  /** JSON pointer, "" for the document itself. */
  readonly field: string;
  readonly expected: string;
  readonly received: string;
  /** Names the field, what was expected and what came. */
  readonly sentence: string;
}

// This module runs from src/config/ in its own tests and from dist/ everywhere else.
const schemaFile = import.meta.url.endsWith('.ts')
  ? '../../schemas/config.schema.json'
  : '../schemas/config.schema.json';

let compiled: { readonly schema: JsonSchema; readonly validate: ValidateFunction } | undefined;

function configSchema() {
  if (compiled === undefined) {
    const schema = JSON.parse(readFileSync(new URL(schemaFile, import.meta.url), 'utf8')) as JsonSchema;
    const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: false });
    compiled = { schema, validate: ajv.compile(schema) };
  }
  return compiled;
}

/** What is wrong with a configuration under the schema; empty if it is valid. */
export function configSchemaProblems(document: unknown): ConfigProblem[] {
  const { validate } = configSchema();
  if (validate(document)) return [];
  const seen = new Set<string>();
  return (validate.errors ?? [])
    .filter((error) => !isPartOfAnother(error))
    .map(toProblem)
    .filter(({ sentence }) => !seen.has(sentence) && seen.add(sentence));
}

/** Branches of a choice, and the reason why a name is none, are told by the error above them. */
function isPartOfAnother(error: ErrorObject): boolean {
  return /\/oneOf\/\d/.test(error.schemaPath) || error.propertyName !== undefined;
}

function toProblem(error: ErrorObject): ConfigProblem {
  const field = error.instancePath;
  const schema = (error.parentSchema ?? {}) as JsonSchema;
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownField(field, String(params.additionalProperty), schema);
    case 'propertyNames': {
      const expected = expectation(error.schema as JsonSchema, configSchema().schema);
      return problem(field, expected, `the name ${quote(String(params.propertyName))}`);
    }
    case 'required':
      return problem(`${field}/${params.missingProperty}`, 'a setting', 'none');
    case 'uniqueItems':
      return problem(field, 'entries that differ', 'the same entry twice');
    default:
      return problem(field, expectation(schema, configSchema().schema), received(error.data, schema));
  }
}

function problem(field: string, expected: string, came: string): ConfigProblem {
  const where = field === '' ? 'The document' : `Field "${field}"`;
  return { field, expected, received: came, sentence: `${where}: expected ${expected}, received ${came}.` };
}

function unknownField(parent: string, name: string, schema: JsonSchema): ConfigProblem {
  const siblings = Object.keys(schema.properties ?? {});
  const near = nearName(name, siblings) ?? elsewhere(name);
  const hint = near === undefined ? `It may hold ${siblings.join(', ')}.` : `Did you mean "${near}"?`;
  const where = parent === '' ? 'The document' : `Field "${parent}"`;
  return {
    field: `${parent}/${shorten(name)}`,
    expected: near ?? siblings.join(', '),
    received: shorten(name),
    sentence: `${where} holds ${quote(name)}, which is not a setting. ${hint}`,
  };
}

/** A setting of another section that was meant: "grpcPort" at the top is "/listen/grpcPort". */
function elsewhere(name: string): string | undefined {
  const { schema } = configSchema();
  const sections = Object.entries({ ...schema.properties, limits: schema.$defs?.limits ?? {} });
  for (const [section, { properties }] of sections) {
    const near = nearName(name, Object.keys(properties ?? {}));
    if (near !== undefined) return `/${section}/${near}`;
  }
  return undefined;
}

function quote(name: string): string {
  return JSON.stringify(shorten(name));
}

function shorten(name: string): string {
  return name.length > 40 ? `${name.slice(0, 37)}...` : name;
}
