import { DeepHealthError } from '@deephealth/sdk';

/** The body as bytes. @throws DH_MEDIA_TYPE_UNSUPPORTED where there is none */
export function bodyOf({ body }: { readonly body: unknown }): Buffer {
  if (Buffer.isBuffer(body)) return body;
  throw new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', 'The body must be application/json.', {
    details: { expected: 'application/json' },
  });
}

/** When whoever asks stops waiting, in ms since the epoch, from a header in milliseconds; Infinity without one. */
export function deadlineOf(header: string | string[] | undefined): number {
  if (header === undefined) return Number.POSITIVE_INFINITY;
  const waitMs = Number(header);
  if (typeof header === 'string' && Number.isFinite(waitMs) && waitMs > 0) return Date.now() + waitMs;
  throw new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    'The header "x-deadline-ms" must be a number of milliseconds above 0.',
    {
      details: { field: 'x-deadline-ms' },
    },
  );
}
