import { DeepHealthError } from '@deephealth/sdk';

/** For a failed write: says what to do, and names no path. */
export function notWritten(cause: unknown): never {
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  throw new DeepHealthError(
    'DH_OUTPUT_NOT_WRITTEN',
    `${reason === 'ENOSPC' ? 'The disk is full' : `The folder of the run cannot be written (${reason})`}. What was computed so far is kept: mend the cause and run the same command again.`,
    { details: { reason }, cause },
  );
}
