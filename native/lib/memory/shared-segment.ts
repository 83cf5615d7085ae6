import { loadAddon } from '../load-addon.js';

interface MemoryAddon {
  createSegment?(bytes: number, mayOthersWrite: boolean): { readonly fd: number; readonly memory: ArrayBuffer };
  openSegment?(fd: number, isWritable: boolean): ArrayBuffer;
  reserveSegment(fd: number, offset: number, bytes: number): boolean;
  releaseSegment(fd: number, offset: number, bytes: number): boolean;
}

/** Memory without a name that another process gets by its descriptor, on Linux. */
export interface SharedSegment {
  /** Owned by whoever created the segment, and closed by them. */
  readonly fd: number;
  /** All of it. Mapped for as long as anything refers to it. */
  readonly memory: Uint8Array<ArrayBuffer>;
  /** Makes sure that there is memory behind these bytes; false if the system has none to give. */
  reserve(offset: number, bytes: number): boolean;
  /** Gives these bytes back to the system; they read as zeros until they are reserved again. */
  release(offset: number, bytes: number): void;
}

/**
 * Creates a segment of a fixed size, whose pages come into being when they are first written.
 * Undefined without the addon, and where the system has no such memory.
 *
 * @param mayOthersWrite false lets those who get the descriptor read only
 */
export function createSegment(bytes: number, mayOthersWrite: boolean): SharedSegment | undefined {
  const addon = loadAddon<MemoryAddon>();
  if (addon?.createSegment === undefined) return undefined;
  try {
    const { fd, memory } = addon.createSegment(bytes, mayOthersWrite);
    return {
      fd,
      memory: new Uint8Array(memory),
      reserve: (offset, length) => addon.reserveSegment(fd, offset, length),
      release: (offset, length) => void addon.releaseSegment(fd, offset, length),
    };
  } catch {
    return undefined;
  }
}

/**
 * Maps a segment that another process created. Undefined without the addon. Throws for what is no
 * sealed segment, and for writing where only reading is allowed.
 */
export function openSegment(fd: number, isWritable: boolean): Uint8Array<ArrayBuffer> | undefined {
  const addon = loadAddon<MemoryAddon>();
  return addon?.openSegment === undefined ? undefined : new Uint8Array(addon.openSegment(fd, isWritable));
}
