import type { DeepHealthError } from '../errors/deephealth-error.js';

/** Headers of an answer over HTTP that tells of an error: when to come again, and that a key is asked for. */
export function failureHeaders({ retryAfterMs }: DeepHealthError, status: number): Record<string, string> {
  return {
    ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  };
}
