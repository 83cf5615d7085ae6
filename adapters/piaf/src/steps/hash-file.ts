import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Digests and size of a file, read once. */
export async function hashFile(
  path: string,
  algorithm: 'sha256' | 'sha1' = 'sha256',
): Promise<{ readonly size: number; readonly digest: string }> {
  const hash = createHash(algorithm);
  let size = 0;
  for await (const part of createReadStream(path)) {
    hash.update(part as Buffer);
    size += (part as Buffer).length;
  }
  return { size, digest: hash.digest('hex') };
}
