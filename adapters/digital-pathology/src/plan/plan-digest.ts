import { createHash } from 'node:crypto';

type Plain = string | number | boolean | null | undefined | readonly Plain[] | { readonly [name: string]: Plain };

/**
 * SHA-256 over values by name, whatever their order: equal if and only if they are. Numbers count by their
 * shortest decimal form, which is exact.
 */
export function plainDigest(values: { readonly [name: string]: Plain }): string {
  return createHash('sha256').update(canonical(values)).digest('hex');
}

/** JSON with the keys of objects in order and without what is undefined. */
function canonical(value: Plain): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one as Plain)}`).join(',')}}`;
}
