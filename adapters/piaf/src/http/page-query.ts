import { DeepHealthError } from '@deephealth/sdk';

export const MOST_OF_A_PAGE = 1000;

/** A whole number of a query. @throws DH_CHAIN_REQUEST_INVALID */
export function countOf(
  text: unknown,
  field: string,
  fallback: number,
  limits = { least: 1, most: MOST_OF_A_PAGE },
): number {
  if (text === undefined || text === '') return fallback;
  const { least, most } = limits;
  if (typeof text === 'string' && /^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most) {
    return Number(text);
  }
  throw new DeepHealthError('DH_CHAIN_REQUEST_INVALID', `"${field}" must be a whole number from ${least} to ${most}.`, {
    details: { field },
  });
}

/** A page token as it was handed out; absent for the first page. @throws DH_CHAIN_REQUEST_INVALID */
export function tokenOf(text: unknown, field: string): { readonly pageToken?: string } {
  if (text === undefined || text === '') return {};
  if (typeof text === 'string' && text.length <= 1024) return { pageToken: text };
  throw new DeepHealthError('DH_CHAIN_REQUEST_INVALID', `"${field}" must be a token of the page before.`, {
    details: { field },
  });
}
