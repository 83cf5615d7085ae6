// A page for each JSON schema: every field with type, bounds and what the schema says of it.
import { readFileSync } from 'node:fs';
import { anchor, page, prose, table } from './markdown.mjs';

const HEAD = ['field', 'type', 'required', 'meaning'];
const CHOICES = ['oneOf', 'anyOf'];
const CHOICE_WORDS = { oneOf: 'Exactly one of', anyOf: 'At least one of' };
const quoted = (names) => names.map((name) => `\`${name}\``).join(', ');

const atLeast = (value, what) => `at least ${value} ${what}${value === 1 ? '' : 's'}`;

/** What bounds a value, in the schema's own words. */
const BOUNDS = {
  minimum: (value) => `at least ${value}`,
  maximum: (value) => `at most ${value}`,
  exclusiveMinimum: (value) => `above ${value}`,
  exclusiveMaximum: (value) => `below ${value}`,
  multipleOf: (value) => `a multiple of ${value}`,
  minLength: (value) => atLeast(value, 'character'),
  maxLength: (value) => `at most ${value} characters`,
  minItems: (value) => atLeast(value, 'item'),
  maxItems: (value) => `at most ${value} items`,
  uniqueItems: (value) => (value ? 'no item twice' : undefined),
  minProperties: (value) => `at least ${value} ${value === 1 ? 'entry' : 'entries'}`,
  maxProperties: (value) => `at most ${value} entries`,
  pattern: (value) => `matches \`${value}\``,
  format: (value) => `format ${value}`,
  default: (value) => `default \`${JSON.stringify(value)}\``,
};

/** @param path relative to the root of the repository, with slashes */
export function renderSchema(path, file) {
  const schema = JSON.parse(readFileSync(file, 'utf8'));
  const described = schema.description === undefined ? '' : `\n${prose(schema.description)}\n`;
  const own = { ...schema };
  delete own.$defs;
  const sections = Object.entries(schema.$defs ?? {}).map(
    ([name, one]) =>
      `\n## ${name}\n${one.description === undefined ? '' : `\n${prose(one.description)}\n`}${body(one)}`,
  );
  const intro = 'A field that is not listed is refused, unless it is said that others are allowed.';
  return page(schema.title ?? path, `\`${path}\``, intro) + described + body(own) + sections.join('');
}

/** Everything of one schema but its description, which stands above. */
function body(schema) {
  const rows = [schema, ...variantsOf(schema)].flatMap((one) => fieldsOf(one, ''));
  const rules = rulesOf(schema);
  if (rows.length === 0) return `\n${[typeOf(schema), ...boundsOf(schema), ...rules].join('; ')}\n`;
  const open = schema.additionalProperties === false ? [] : othersOf(schema);
  const kind = variantsOf(schema).length === 0 ? '' : `\n${typeOf(schema)}\n`;
  const notes = [...open, ...rules].map((rule) => `- ${rule}\n`);
  return kind + table(HEAD, rows) + (notes.length > 0 ? `\n${notes.join('')}` : '') + caseTables(schema).join('');
}

function othersOf({ additionalProperties, patternProperties, unevaluatedProperties, allOf, oneOf }) {
  // Parts that hold under a condition say themselves what else is allowed.
  if (unevaluatedProperties === false || allOf !== undefined || oneOf !== undefined) return [];
  if (typeof additionalProperties === 'object') return [`Other fields: ${typeOf(additionalProperties)}.`];
  return patternProperties === undefined ? ['Other fields are allowed.'] : [];
}

/** Rows of all fields, those of an object within an object by their path. */
function fieldsOf(schema, prefix) {
  const required = new Set(schema.required ?? []);
  const named = Object.entries(schema.properties ?? {});
  const matched = Object.entries(schema.patternProperties ?? {}).map(([pattern, one]) => [`/${pattern}/`, one]);
  return [...named, ...matched].flatMap(([name, one]) => {
    const path = `${prefix}${name}`;
    const meaning = [prose(one.description ?? ''), ...rulesOf(one).map((rule) => `${rule}.`)].filter(Boolean).join(' ');
    const kind = [typeOf(one), ...boundsOf(one)].join(', ');
    const row = [`\`${path}\``, kind, required.has(name) ? 'yes' : '', meaning];
    return [row, ...below(one, path)];
  });
}

function below(schema, path) {
  const own = schema.properties === undefined ? [] : fieldsOf(schema, `${path}.`);
  const each = schema.items?.properties === undefined ? [] : fieldsOf(schema.items, `${path}[].`);
  const others = schema.additionalProperties;
  const entries = others?.properties === undefined ? [] : fieldsOf(others, `${path}.*.`);
  return [...own, ...each, ...entries, ...variantsOf(schema).flatMap((one) => fieldsOf(one, `${path}.`))];
}

/** Objects of which a value is one. */
const variantsOf = (schema) =>
  CHOICES.flatMap((key) =>
    schema[key]?.every(isWhole) ? schema[key].filter((one) => one.properties !== undefined) : [],
  );

function boundsOf(schema) {
  const own = Object.entries(BOUNDS).flatMap(([key, say]) =>
    schema[key] === undefined ? [] : (say(schema[key]) ?? []),
  );
  const items = schema.items === undefined || schema.items.properties !== undefined ? [] : boundsOf(schema.items);
  return [...own, ...items.map((bound) => `each ${bound}`)];
}

function typeOf(schema) {
  if (schema === true || schema === undefined) return 'any value';
  if (schema === false) return 'not allowed';
  if (schema.$ref !== undefined) return refOf(schema.$ref);
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  for (const key of CHOICES) {
    if (schema[key]?.every(isWhole)) return schema[key].map(typeOf).join(' or ');
  }
  if (schema.type === 'array') return schema.prefixItems ? tupleOf(schema) : `array of ${typeOf(schema.items)}`;
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object' && !schema.properties) {
    return `object of ${typeOf(schema.additionalProperties)}`;
  }
  if (schema.type === 'object' && schema.required) return `object with ${quoted(schema.required)}`;
  return schema.type === undefined ? 'any value' : [schema.type].flat().join(' or ');
}

const tupleOf = ({ prefixItems }) => `array of ${prefixItems.map(typeOf).join(', ')}`;

/** A reference into a section leads to that section. */
const refOf = (ref) => {
  if (!ref.startsWith('#/$defs/')) return `\`${ref}\``;
  const [, , name, ...within] = ref.split('/');
  return `[${[name, ...within.filter((part) => part !== 'properties')].join('.')}](#${anchor(name)})`;
};

/** True for a schema that says what a value is, false for one that only bounds it further. */
const isWhole = (schema) => ['$ref', 'const', 'enum', 'type'].some((key) => schema[key] !== undefined);

/** What is asked across fields. */
function rulesOf(schema) {
  const choices = CHOICES.filter((key) => schema[key] !== undefined && !schema[key].every(isWhole));
  const rules = choices.map((key) => `${CHOICE_WORDS[key]}: ${schema[key].map(ruleText).join('; ')}`);
  rules.push(...(schema.allOf ?? []).filter((part) => !isCase(part)).map(ruleText));
  if (schema.not !== undefined) rules.push(`Not: ${ruleText(schema.not)}`);
  if (schema.if !== undefined) rules.push(conditionText(schema));
  for (const [field, needed] of Object.entries(schema.dependentRequired ?? {})) {
    rules.push(`\`${field}\` asks for ${quoted(needed)}`);
  }
  return rules;
}

/** A condition under which a value has fields of its own, which are shown as a table. */
const isCase = (part) => part.if !== undefined && part.else === undefined && hasFields(part.then);
const hasFields = (part) =>
  Object.values(part?.properties ?? {}).some((one) => one === true || isWhole(one)) && part.required !== undefined;

function caseTables(schema) {
  return (schema.allOf ?? []).filter(isCase).map((part) => {
    // What stands above with its type is only let in here.
    const rows = fieldsOf(part.then, '').filter(([, kind]) => kind !== 'any value');
    return `\nIf ${ruleText(part.if)}:\n${table(HEAD, rows)}`;
  });
}

/** Simple parts in words, others as they are written. */
function ruleText(part) {
  const keys = Object.keys(part);
  if (keys.length === 1 && keys[0] === 'required') return quoted(part.required);
  if (keys.length === 1 && keys[0] === '$ref') return refOf(part.$ref);
  if (keys.length === 1 && keys[0] === 'not') return `not ${ruleText(part.not)}`;
  if (part.if !== undefined) return conditionText(part);
  const fields = Object.entries(part.properties ?? {});
  const isPlain = keys.every((key) => key === 'properties' || key === 'required');
  if (isPlain && fields.length > 0 && fields.every(([, one]) => isShort(one))) {
    return fields.map(([name, one]) => fieldText(name, one)).join(' and ');
  }
  return `\`${JSON.stringify(part)}\``;
}

function conditionText(schema) {
  const parts = [`If ${ruleText(schema.if)}`];
  if (schema.then !== undefined) parts.push(`then ${ruleText(schema.then)}`);
  if (schema.else !== undefined) parts.push(`else ${ruleText(schema.else)}`);
  return parts.join(', ');
}

/** A schema that is said in a few words. */
const isShort = (schema) => schema === false || ['$ref', 'const', 'enum'].some((key) => schema[key] !== undefined);

const fieldText = (name, schema) =>
  schema === false ? `no \`${name}\`` : `\`${name}\` is ${schema.enum?.length > 1 ? 'one of ' : ''}${typeOf(schema)}`;
