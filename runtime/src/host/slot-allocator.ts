/** A piece of shared memory that holds the bytes of one payload. */
export interface SlabRegion {
  readonly offset: number;
  readonly bytes: number;
}

// Cache lines: two processes never write into the same one, and every element type is aligned.
const ALIGNMENT = 64;

/** Hands out regions between two offsets, first fit. */
export class SlotAllocator {
  readonly #beginBytes: number;
  readonly #limitBytes: number;
  /** By offset. */
  readonly #taken: SlabRegion[] = [];

  /** @param beginBytes a multiple of 64 */
  constructor(limitBytes: number, beginBytes = 0) {
    this.#limitBytes = limitBytes;
    this.#beginBytes = beginBytes;
  }

  get isEmpty(): boolean {
    return this.#taken.length === 0;
  }

  /** A region of so many bytes; undefined if there is no room. */
  take(bytes: number): SlabRegion | undefined {
    let offset = this.#beginBytes;
    let index = 0;
    for (; index < this.#taken.length; index++) {
      const region = this.#taken[index] as SlabRegion;
      if (region.offset - offset >= bytes) break;
      offset = Math.ceil((region.offset + region.bytes) / ALIGNMENT) * ALIGNMENT;
    }
    if (offset + bytes > this.#limitBytes) return undefined;
    const region = { offset, bytes };
    this.#taken.splice(index, 0, region);
    return region;
  }

  /** True if the region was taken. */
  free(region: SlabRegion): boolean {
    const index = this.#taken.indexOf(region);
    if (index >= 0) this.#taken.splice(index, 1);
    return index >= 0;
  }

  /** Frees every region of which this is true. */
  freeWhere(isFree: (region: SlabRegion) => boolean): void {
    for (let index = this.#taken.length - 1; index >= 0; index--) {
      if (isFree(this.#taken[index] as SlabRegion)) this.#taken.splice(index, 1);
    }
  }
}

/** The bytes of a region, not copied. Throws RangeError for one that does not lie within the memory. */
export function viewRegion(memory: Uint8Array<ArrayBuffer>, { offset, bytes }: SlabRegion): Buffer {
  const isWithin =
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(bytes) &&
    offset >= 0 &&
    bytes >= 0 &&
    offset + bytes <= memory.byteLength;
  if (!isWithin) throw new RangeError('a payload is not where its frame says');
  return Buffer.from(memory.buffer, offset, bytes);
}
