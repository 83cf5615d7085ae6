import { DeepHealthError } from '@deephealth/sdk';

/** A whole number of the query; undefined where it says none. Throws DH_REQUEST_MALFORMED. */
export function wholeNumber(query: URLSearchParams, name: string, least: number, most: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    `The query's "${name}" must be a whole number from ${least} to ${most}.`,
    { details: { field: name, expected: `${least} to ${most}` } },
  );
}

/** A short text of the query; undefined where it says none. Throws DH_REQUEST_MALFORMED. */
export function shortText(query: URLSearchParams, name: string): string | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (text.length <= 200) return text;
  throw new DeepHealthError('DH_REQUEST_MALFORMED', `The query's "${name}" has at most 200 characters.`, {
    details: { field: name, expected: 'at most 200 characters' },
  });
}
