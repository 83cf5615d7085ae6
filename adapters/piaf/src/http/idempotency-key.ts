import type { IncomingHttpHeaders } from 'node:http';
import { DeepHealthError } from '@deephealth/sdk';

/** The header `Idempotency-Key`. @throws DH_CHAIN_REQUEST_INVALID */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): { readonly idempotencyKey?: string } {
  const key = headers['idempotency-key'];
  if (key === undefined) return {};
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return { idempotencyKey: key };
  throw new DeepHealthError(
    'DH_CHAIN_REQUEST_INVALID',
    'The header "idempotency-key" must be 1 to 255 characters of ASCII, without spaces.',
    { details: { field: 'idempotency-key' } },
  );
}
