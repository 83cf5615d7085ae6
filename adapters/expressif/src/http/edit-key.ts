import { createHash, timingSafeEqual } from 'node:crypto';
import { DeepHealthError } from '@deephealth/sdk';

/** Characters that a key must have at least: shorter ones are guessed. */
export const SHORTEST_KEY = 24;

/**
 * Who may change rules: whoever shows the key.
 *
 * @param key absent where nobody may
 * @returns throws DH_RULES_EDIT_REFUSED or DH_CALLER_UNAUTHENTICATED for a header `authorization` that will not do
 */
export function editGuard(key: string | undefined): (authorization: string | undefined) => void {
  if (key !== undefined && key.length < SHORTEST_KEY) {
    throw new DeepHealthError('DH_CONFIG_INVALID', `The key for edits must have at least ${SHORTEST_KEY} characters.`, {
      details: { field: 'editKeyFile' },
    });
  }
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = key === undefined ? undefined : digest(key);
  return (authorization) => {
    if (expected === undefined) {
      throw new DeepHealthError(
        'DH_RULES_EDIT_REFUSED',
        'Rules are not changed here: the operator has set no key for it.',
      );
    }
    const given = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
    throw new DeepHealthError('DH_CALLER_UNAUTHENTICATED', 'The caller did not prove that it may change rules.');
  };
}
