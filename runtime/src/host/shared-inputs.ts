import { closeSync } from 'node:fs';
import { copyBytes, createSegment, RING, type SharedSegment } from '@deephealth/native';
import { type SlabRegion, SlotAllocator } from './slot-allocator.js';
import { WIPED } from './wiped.js';

const LIMIT_BYTES = 256 * 1024 * 1024;
// Pages stay with the slots that were used: getting them anew costs more than the copy.
const KEPT_BYTES = 64 * 1024 * 1024;

/**
 * The ring's requests, and behind them slots for inputs: memory that the server writes and one host only reads. No other host has it.
 * Bytes are copied once, into their slot, and read there.
 */
export class SharedInputs {
  readonly #segment: SharedSegment;
  readonly #slots = new SlotAllocator(LIMIT_BYTES, RING.requestBytes);
  /** From behind the ring on. */
  #reservedBytes: number = RING.requestBytes;
  #isOpen = true;

  private constructor(segment: SharedSegment) {
    this.#segment = segment;
  }

  /** Undefined without the addon, and where the system has no such memory. */
  static open(): SharedInputs | undefined {
    const segment = createSegment(LIMIT_BYTES, false);
    return segment === undefined ? undefined : new SharedInputs(segment);
  }

  get fd(): number {
    return this.#segment.fd;
  }

  /** The segment itself, whose beginning is the ring's. */
  get segment(): SharedSegment {
    return this.#segment;
  }

  /** Copies the bytes in; undefined if there is no room. */
  write(payload: Uint8Array): SlabRegion | undefined {
    if (!this.#isOpen) return undefined;
    const region = this.#slots.take(payload.byteLength);
    if (region === undefined) return undefined;
    if (!this.#reserve(region.offset + region.bytes)) {
      this.#slots.free(region);
      return undefined;
    }
    copyBytes(this.#segment.memory, region.offset, payload, 0, payload.byteLength);
    return region;
  }

  /** Frees a slot that has been read, or never will be, and wipes it. */
  free(region: SlabRegion): void {
    if (!this.#slots.free(region) || !this.#isOpen) return;
    this.#wipe(region);
    if (!this.#slots.isEmpty || this.#reservedBytes <= KEPT_BYTES) return;
    this.#segment.release(KEPT_BYTES, this.#reservedBytes - KEPT_BYTES);
    this.#reservedBytes = KEPT_BYTES;
  }

  /** Wipes what the host was at, and gives the memory back once nobody has it mapped any more. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    // The system takes no single pages back of memory that others may only read.
    this.#slots.freeWhere((region) => {
      this.#wipe(region);
      return true;
    });
    this.#segment.release(0, this.#reservedBytes);
    closeSync(this.#segment.fd);
  }

  #wipe({ offset, bytes }: SlabRegion): void {
    this.#segment.memory.fill(WIPED, offset, offset + bytes);
  }

  // Writing where the system has no memory to give would end the process.
  #reserve(end: number): boolean {
    if (end <= this.#reservedBytes) return true;
    if (!this.#segment.reserve(this.#reservedBytes, end - this.#reservedBytes)) return false;
    this.#reservedBytes = end;
    return true;
  }
}
