import { DeepHealthError } from '@deephealth/sdk';
import { shorten } from '../../admission/admit-request.js';

/** Longest name of a file. */
const MAX_NAME_BYTES = 255;

/** Objects of this server itself, which hold the inputs of other callers, and named semaphores. */
const RESERVED = /^(?:deephealth|sem\.)/i;

/**
 * The name of a POSIX shared-memory object from the key that a client gives: "/name" or "name".
 * Anything that could name another place than an object in the folder of these objects is refused.
 *
 * @param region name that the client gives the region, for the message
 * @returns a single file name
 */
export function objectName(region: string, key: string): string {
  const name = key.startsWith('/') ? key.slice(1) : key;
  const isSingleName = name !== '' && name !== '.' && name !== '..' && !/[/\\\x00-\x1f\x7f]/.test(name);
  if (isSingleName && Buffer.byteLength(name) <= MAX_NAME_BYTES) {
    if (!RESERVED.test(name)) return name;
    throw new DeepHealthError(
      'DH_SHARED_MEMORY_INVALID',
      `cannot register shared memory region '${shorten(region)}' - the key has a reserved prefix ("deephealth" or "sem."). Choose another one.`,
      { details: { region: shorten(region), field: 'key' } },
    );
  }
  throw new DeepHealthError(
    'DH_SHARED_MEMORY_INVALID',
    `cannot register shared memory region '${shorten(region)}' - invalid shm key. Expected one name, with or without a leading slash, of at most ${MAX_NAME_BYTES} bytes.`,
    { details: { region: shorten(region), field: 'key' } },
  );
}
