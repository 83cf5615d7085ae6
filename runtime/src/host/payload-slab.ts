import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type SlabRegion, SlotAllocator } from './slot-allocator.js';
import { WIPED } from './wiped.js';

// A file system in memory; where there is none, payloads travel through the channel.
const FOLDER = '/dev/shm';
const LIMIT_BYTES = 256 * 1024 * 1024;
const NOTHING = Buffer.alloc(1024 * 1024, WIPED);

/**
 * What serves without the addon: memory that server and host share, as a file without a name. A socket takes some 200 KB
 * at a time and wakes its reader for each of them; a large payload crosses here in two copies.
 */
export class PayloadSlab {
  readonly fd: number;
  readonly #slots = new SlotAllocator(LIMIT_BYTES);
  #isUsable = true;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** Undefined where the system has no memory file system. */
  static open(): PayloadSlab | undefined {
    if (process.platform !== 'linux') return undefined;
    try {
      const folder = mkdtempSync(join(FOLDER, 'deephealth-'));
      try {
        return new PayloadSlab(openSync(join(folder, 'payloads'), 'wx+', 0o600));
      } finally {
        // Nobody can open it any more; it is gone with the last of the two processes.
        rmSync(folder, { recursive: true, force: true });
      }
    } catch {
      return undefined;
    }
  }

  /** Copies the bytes in; undefined if there is no room. */
  write(payload: Uint8Array): SlabRegion | undefined {
    if (!this.#isUsable) return undefined;
    const region = this.#slots.take(payload.byteLength);
    if (region === undefined) return undefined;
    try {
      this.#writeAt(region.offset, payload);
    } catch {
      // A container may allow less memory here than there is; the channel does without.
      this.#isUsable = false;
      return undefined;
    }
    return region;
  }

  #writeAt(offset: number, bytes: Uint8Array): void {
    for (let written = 0; written < bytes.byteLength; ) {
      written += writeSync(this.fd, bytes, written, bytes.byteLength - written, offset + written);
    }
  }

  /** Frees a region that has been read, or never will be, and wipes it. */
  free(region: SlabRegion): void {
    if (!this.#slots.free(region) || !this.#isUsable) return;
    const end = region.offset + region.bytes;
    for (let at = region.offset; at < end; at += NOTHING.byteLength) {
      this.#writeAt(at, NOTHING.subarray(0, Math.min(NOTHING.byteLength, end - at)));
    }
  }

  close(): void {
    this.#isUsable = false;
    closeSync(this.fd);
  }
}

/** Copies a region out, into memory of its own. */
export function readRegion(fd: number, { offset, bytes }: SlabRegion): Buffer {
  const payload = Buffer.allocUnsafeSlow(bytes);
  for (let read = 0; read < bytes; ) {
    const count = readSync(fd, payload, read, bytes - read, offset + read);
    if (count === 0) throw new RangeError('a payload is not where its frame says');
    read += count;
  }
  return payload;
}
