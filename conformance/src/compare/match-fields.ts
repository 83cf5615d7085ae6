import { isDeepStrictEqual } from 'node:util';
import type { Matcher } from '../cases/case-types.js';

export interface Digests {
  readonly package: string;
  readonly onnx: string;
}

/** The field of a message by its path, `provenance.batchSize` or `findings.0.name`; undefined if it is not there. */
export function fieldAt(message: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) => (value === null || value === undefined ? undefined : Reflect.get(Object(value), key)),
      message,
    );
}

/** What is wrong with a field; undefined if it is as it must be. */
export function mismatch(value: unknown, matcher: Matcher, digests: Digests): string | undefined {
  if ('equals' in matcher) return unless(isDeepStrictEqual(value, matcher.equals), value, matcher.equals);
  if (matcher.matches !== undefined) {
    return unless(typeof value === 'string' && new RegExp(matcher.matches).test(value), value, `/${matcher.matches}/`);
  }
  if (matcher.oneOf !== undefined) {
    const isOne = matcher.oneOf.some((candidate) => isDeepStrictEqual(value, candidate));
    return unless(isOne, value, `one of ${JSON.stringify(matcher.oneOf)}`);
  }
  if (matcher.atLeast !== undefined) {
    return unless(Number(value) >= matcher.atLeast, value, `at least ${matcher.atLeast}`);
  }
  if (matcher.length !== undefined) {
    return unless(Array.isArray(value) && value.length === matcher.length, value, `${matcher.length} elements`);
  }
  if (matcher.digestOf !== undefined) {
    const digest = digests[matcher.digestOf];
    return unless(digest !== '' && value === digest, value, digest);
  }
  if (matcher.includes !== undefined) {
    const { includes } = matcher;
    const isThere = Array.isArray(value) && value.some((one) => hasFields(one, includes));
    return unless(isThere, value, `an element with ${JSON.stringify(includes)}`);
  }
  if (matcher.excludes !== undefined) {
    const { excludes } = matcher;
    const isWithout = Array.isArray(value) && value.length > 0 && !value.some((one) => hasFields(one, excludes));
    return unless(isWithout, value, `elements, none with ${JSON.stringify(excludes)}`);
  }
  throw new RangeError('a matcher says nothing');
}

function hasFields(one: unknown, fields: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(fields).every(([path, expected]) => isDeepStrictEqual(fieldAt(one, path), expected));
}

function unless(isRight: boolean, value: unknown, expected: unknown): string | undefined {
  if (isRight) return undefined;
  const shown = (one: unknown) => (JSON.stringify(one) ?? 'nothing').slice(0, 200);
  return `expected ${typeof expected === 'string' ? expected : shown(expected)}, got ${shown(value)}`;
}
