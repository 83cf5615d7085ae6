import { loadAddon } from '../load-addon.js';

interface CopyAddon {
  copyBytes(target: Uint8Array, targetOffset: number, source: Uint8Array, sourceOffset: number, bytes: number): void;
}

// Below, the copy is still in the caches when it is read, which is worth more than what streaming saves.
const LARGE_BYTES = 8 * 1024 * 1024;

/**
 * Copies `bytes` bytes of `source` from `sourceOffset` on to `targetOffset` of `target`. Large copies go
 * past the caches where the addon serves: about a third less time, and what others have there stays.
 *
 * @throws RangeError for bytes outside of either, and for a large copy within one array that overlaps
 */
export function copyBytes(
  target: Uint8Array,
  targetOffset: number,
  source: Uint8Array,
  sourceOffset: number,
  bytes: number,
): void {
  const addon = bytes < LARGE_BYTES ? undefined : loadAddon<CopyAddon>();
  if (addon !== undefined) {
    addon.copyBytes(target, targetOffset, source, sourceOffset, bytes);
    return;
  }
  if (sourceOffset < 0 || bytes < 0 || sourceOffset + bytes > source.length) {
    throw new RangeError('the bytes lie outside of the source');
  }
  target.set(source.subarray(sourceOffset, sourceOffset + bytes), targetOffset);
}
