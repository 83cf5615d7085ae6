import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { shorten } from '../../admission/admit-request.js';
import { objectName } from './region-key.js';

/** A part of an object, in bytes. */
export interface RegionBounds {
  readonly offset: bigint;
  readonly byteSize: bigint;
}

/**
 * A window on a shared-memory object that a client has made.
 *
 * On Linux such an object is a file of a memory file system, coherent with every mapping of it. It
 * is read and written here, never mapped: a client that makes it shorter then causes an error for
 * itself, where a mapping would end this process. What is read is a copy, so a client that writes
 * meanwhile cannot change what was checked. Both are copies in memory and therefore done at once,
 * which keeps requests in their order.
 */
export class SharedMemoryRegion {
  readonly name: string;
  readonly key: string;
  readonly bounds: RegionBounds;
  readonly #descriptor: number;
  #isClosed = false;

  private constructor(name: string, key: string, bounds: RegionBounds, descriptor: number) {
    this.name = name;
    this.key = key;
    this.bounds = bounds;
    this.#descriptor = descriptor;
  }

  /**
   * Opens an object that exists, belongs to the user of this process and holds the window.
   * Throws DH_SHARED_MEMORY_INVALID.
   *
   * @param folder where the objects lie
   */
  static open(folder: string, name: string, key: string, bounds: RegionBounds): SharedMemoryRegion {
    const path = join(folder, objectName(name, key));
    // A link could lead anywhere, and opening a pipe would wait for its other end.
    const flags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
    let descriptor: number;
    try {
      descriptor = openSync(path, flags);
    } catch (cause) {
      throw invalid(name, 'Unable to open', 'It must exist, be no link, and be readable and writable.', cause);
    }
    try {
      assertUsable(descriptor, name, bounds);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    return new SharedMemoryRegion(name, key, bounds, descriptor);
  }

  /** Throws DH_SHARED_MEMORY_INVALID for a part that is not all within the region. */
  assertHolds(part: RegionBounds): void {
    const { byteSize } = this.bounds;
    if (part.offset < 0n || part.offset > byteSize) throw invalid(this.name, 'Invalid offset for');
    if (part.byteSize < 0n || part.offset + part.byteSize > byteSize) {
      throw invalid(this.name, 'Invalid offset + byte size for');
    }
  }

  /** A copy of a part. Throws DH_SHARED_MEMORY_INVALID if the client has made the object shorter. */
  read(part: RegionBounds): Buffer {
    this.assertHolds(part);
    const bytes = Buffer.alloc(Number(part.byteSize));
    this.#transfer(part, bytes.byteLength, (done, position) =>
      readSync(this.#descriptor, bytes, done, bytes.byteLength - done, position),
    );
    return bytes;
  }

  /** Writes the bytes at the start of a part, which must be large enough for them. */
  write(part: RegionBounds, bytes: Uint8Array): void {
    this.assertHolds(part);
    if (BigInt(bytes.byteLength) > part.byteSize) throw new Error('more bytes than the part of the region holds');
    // A write beyond its end would make an object longer that the client has made shorter.
    const { size } = this.#use(() => fstatSync(this.#descriptor, { bigint: true }));
    if (size < this.bounds.offset + part.offset + BigInt(bytes.byteLength)) throw this.#tooShort();
    this.#transfer(part, bytes.byteLength, (done, position) =>
      writeSync(this.#descriptor, bytes, done, bytes.byteLength - done, position),
    );
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#descriptor);
  }

  #transfer(part: RegionBounds, length: number, step: (done: number, position: number) => number): void {
    const start = Number(this.bounds.offset + part.offset);
    for (let done = 0; done < length; ) {
      const moved = this.#use(() => step(done, start + done));
      if (moved === 0) throw this.#tooShort();
      done += moved;
    }
  }

  /** The number of a closed descriptor may be another file's by now. */
  #use<T>(act: () => T): T {
    if (this.#isClosed) throw invalid(this.name, 'Unable to use', 'It is no longer registered.');
    try {
      return act();
    } catch (cause) {
      throw invalid(this.name, 'Unable to use', 'It cannot be read or written.', cause);
    }
  }

  #tooShort(): DeepHealthError {
    return invalid(this.name, 'Unable to use', 'It was made shorter after it was registered.');
  }
}

function assertUsable(descriptor: number, name: string, { offset, byteSize }: RegionBounds): void {
  const stat = fstatSync(descriptor, { bigint: true });
  if (!stat.isFile()) throw invalid(name, 'Unable to open', 'It is no shared-memory object.');
  const userId = process.getuid?.();
  if (userId === undefined || stat.uid !== BigInt(userId)) {
    throw invalid(name, 'Unable to open', 'It belongs to another user than the server runs as.');
  }
  if (byteSize <= 0n || offset < 0n || offset + byteSize > stat.size) {
    throw invalid(
      name,
      'failed to register',
      `The object holds ${stat.size} bytes, which is no room for ${byteSize} bytes at offset ${offset}.`,
    );
  }
}

function invalid(name: string, what: string, why = '', cause?: unknown): DeepHealthError {
  return new DeepHealthError(
    'DH_SHARED_MEMORY_INVALID',
    `${what} shared memory region: '${shorten(name)}'${why === '' ? '' : `. ${why}`}`,
    { details: { region: shorten(name) }, cause },
  );
}
