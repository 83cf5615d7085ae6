import { createHash } from 'node:crypto';
import type { KnowledgeBase } from '../knowledge-base.js';
import { isFrozenThroughout } from './frozen-copy.js';

/**
 * A value as text that is the same for the same content: JSON without blanks, with the keys of an object in
 * ascending order of their UTF-16 code units and numbers as JavaScript writes them (RFC 8785). A property that is
 * undefined is left out, and a number that JSON cannot hold is `{"$number":"NaN"}`, `"Infinity"` or `"-Infinity"`.
 */
export function canonicalForm(value: unknown): string {
  return write(value, new WeakMap());
}

function write(value: unknown, known: WeakMap<object, string>): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return `{"$number":"${value}"}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const text = known.get(value);
  if (text !== undefined) return text;
  if (Array.isArray(value)) return `[${value.map((one) => write(one, known)).join(',')}]`;
  const record = value as Readonly<Record<string, unknown>>;
  const properties = Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${write(record[key], known)}`);
  return `{${properties.join(',')}}`;
}

/**
 * What a rule base is known by: SHA-256 of its {@link canonicalForm} in UTF-8, as 64 hexadecimal digits. The order
 * of variables, terms, blocks and rules counts, as do the ids of rules, for explanations cite them. The options of
 * the engine are not part of it.
 */
export function knowledgeBaseDigest(knowledgeBase: KnowledgeBase): string {
  const { inputs, outputs, ruleBlocks } = knowledgeBase;
  for (const part of [...inputs, ...outputs, ...ruleBlocks.flatMap(({ rules }) => rules)]) {
    if (isFrozenThroughout(part) && !texts.has(part)) texts.set(part, canonicalForm(part));
  }
  return createHash('sha256').update(write(knowledgeBase, texts)).digest('hex');
}

/** Of variables and rules that cannot change: from one edit to the next nearly all of them are the same. */
const texts = new WeakMap<object, string>();
