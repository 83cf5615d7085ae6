import { createHash } from 'node:crypto';

/** A namespace of this software's own (RFC 9562, 6.6), made once. */
const NAMESPACE = Buffer.from('d1f0b7a45c3e4f8e9a6d2b41c7e05f93', 'hex');

/**
 * The id of a feature as a UUID of version 5: the same for the same run, so that a file that is written again
 * has the same bytes, and another for every other run.
 */
export function featureId(planSha256: string, kind: string, index: number): string {
  const hash = createHash('sha1').update(NAMESPACE).update(`${planSha256}/${kind}/${index}`).digest();
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
