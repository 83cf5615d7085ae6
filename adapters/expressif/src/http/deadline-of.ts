import { DeepHealthError } from '@deephealth/sdk';

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
