import { createGunzip } from 'node:zlib';
import { FileRefusal } from '../errors/file-refusal.js';

/** What a file may hold after its voxels; more is no padding but a bomb. */
const SPARE_BYTES = 1024 * 1024;

/** True for the first bytes of a gzip stream. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Inflates a gzip file whose own beginning says how long it is. Memory is bounded by that length and a
 * few blocks, whatever the stream holds. The checksum of the stream is verified.
 *
 * @param headBytes bytes that `lengthOf` needs
 * @param lengthOf bytes wanted of the inflated file, from its first `headBytes` (or fewer, if it is shorter);
 * may throw, which is then thrown
 * @throws FileRefusal for a stream that is damaged, too short, or goes on far behind what is wanted
 */
export async function inflateWhole(
  file: Uint8Array,
  headBytes: number,
  lengthOf: (head: Uint8Array) => number,
): Promise<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  const head = Buffer.alloc(headBytes);
  let whole: Buffer | undefined;
  let inflated = 0;
  gunzip.end(file);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      head.set(chunk.subarray(0, Math.max(0, headBytes - inflated)), Math.min(inflated, headBytes));
      const before = inflated;
      inflated += chunk.byteLength;
      if (whole === undefined) {
        if (inflated < headBytes) continue;
        whole = Buffer.alloc(lengthOf(head));
        // What came in earlier chunks is in the head.
        whole.set(head.subarray(0, Math.min(before, whole.byteLength)));
      }
      if (before < whole.byteLength) whole.set(chunk.subarray(0, whole.byteLength - before), before);
      if (inflated > whole.byteLength + SPARE_BYTES) throw new FileRefusal('goes on long after its voxels');
    }
  } catch (thrown) {
    if (thrown instanceof FileRefusal) throw thrown;
    throw new FileRefusal('is compressed with gzip, and the compressed data is cut off or damaged', { cause: thrown });
  } finally {
    gunzip.destroy();
  }
  if (whole === undefined) {
    const short = head.subarray(0, inflated);
    whole = Buffer.alloc(lengthOf(short));
    whole.set(short.subarray(0, whole.byteLength));
  }
  if (inflated < whole.byteLength) throw new FileRefusal('is cut off: it has fewer voxels than its header says');
  return whole;
}
