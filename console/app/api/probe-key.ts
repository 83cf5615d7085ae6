import type { SessionAnswer } from '../../src/api.js';
import { askWith } from './api-client.js';
import { ApiError } from './api-error.js';

/** Who a key belongs to. Throws an ApiError with status 401 if the server knows nobody by it. */
export async function probeKey(key: string): Promise<NonNullable<SessionAnswer['caller']>> {
  const { caller } = await askWith<SessionAnswer>('session', key);
  if (caller === undefined) throw new ApiError('DH_CALLER_UNAUTHENTICATED', '', 401, false);
  return caller;
}
