/** What is looked at of a JSON Schema. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly $ref?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Ours: the expectation in words, where a pattern or a choice would not say it. */
  readonly 'x-expected'?: string;
}

const TYPES: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'a text',
  array: 'a list',
  object: 'an object',
  boolean: 'true or false',
  null: 'null',
};

/** What a setting must be, in words: "a whole number from 0 to 65535, or null". */
export function expectation(schema: JsonSchema, root: JsonSchema): string {
  if (schema.$ref !== undefined) return expectation(resolve(schema.$ref, root), root);
  if (schema['x-expected'] !== undefined) return schema['x-expected'];
  if (schema.enum !== undefined) return `one of ${schema.enum.map((value) => JSON.stringify(value)).join(', ')}`;
  const [type = 'object', ...others] = [schema.type ?? []].flat();
  return [`${TYPES[type] ?? type}${rangeOf(schema, type)}`, ...others.map((other) => TYPES[other] ?? other)].join(
    ', or ',
  );
}

function rangeOf(schema: JsonSchema, type: string): string {
  const { minimum = 0, maximum, minLength = 0, maxLength, minItems = 0, maxItems } = schema;
  const isNumber = type === 'integer' || type === 'number';
  if (isNumber && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (type === 'string' && maxLength !== undefined) return ` of ${minLength} to ${maxLength} characters`;
  return type === 'array' && maxItems !== undefined ? ` of ${minItems} to ${maxItems} entries` : '';
}

function resolve(ref: string, root: JsonSchema): JsonSchema {
  return root.$defs?.[ref.replace('#/$defs/', '')] ?? {};
}

const QUOTED_LENGTH = 24;

/**
 * What came instead, in words. Texts are quoted only where one of a few words or a number was
 * expected: others may be paths or addresses, which belong into no message.
 */
export function received(value: unknown, schema: JsonSchema): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'nothing';
  if (value === '') return 'an empty text';
  const types = [schema.type ?? []].flat();
  const isWord = schema.enum !== undefined || types.some((type) => ['integer', 'number', 'boolean'].includes(type));
  return isWord && value.length <= QUOTED_LENGTH && !/[/\\:@]/.test(value)
    ? JSON.stringify(value)
    : `a text of ${value.length} characters`;
}
