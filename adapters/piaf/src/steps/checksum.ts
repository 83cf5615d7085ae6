import { DeepHealthError } from '@deephealth/sdk';
import { hashFile } from './hash-file.js';

const FORM = /^(sha1|sha256)\$([0-9a-f]+)$/;
const LENGTH = { sha1: 40, sha256: 64 } as const;

interface Checksum {
  readonly algorithm: 'sha1' | 'sha256';
  readonly digest: string;
}

/**
 * A checksum as CWL writes it, `sha1$<hex>`, or `sha256$<hex>`.
 *
 * @throws DH_CHAIN_REQUEST_INVALID for another form
 */
export function parseChecksum(text: string): Checksum {
  const [, algorithm, digest] = FORM.exec(text) ?? [];
  if ((algorithm === 'sha1' || algorithm === 'sha256') && digest?.length === LENGTH[algorithm]) {
    return { algorithm, digest };
  }
  throw new DeepHealthError(
    'DH_CHAIN_REQUEST_INVALID',
    'A checksum must be "sha1$" or "sha256$" with the digest in lower-case hexadecimal.',
    { details: { field: 'checksum' } },
  );
}

/**
 * @param place how the input is named to its caller
 * @throws DH_CHAIN_INPUT_CHANGED
 */
export async function verifyChecksum(path: string, text: string, place: string): Promise<void> {
  const { algorithm, digest } = parseChecksum(text);
  if ((await hashFile(path, algorithm)).digest === digest) return;
  throw new DeepHealthError('DH_CHAIN_INPUT_CHANGED', `${place} does not have the checksum that the request states.`, {
    details: { field: place },
  });
}
