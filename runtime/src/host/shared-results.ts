import { closeSync } from 'node:fs';
import { copyBytes, createSegment, RING, type SharedSegment } from '@deephealth/native';
import { type SlabRegion, SlotAllocator, viewRegion } from './slot-allocator.js';
import { WIPED } from './wiped.js';

// Slot of a result: an Int32 that says whether it is in use, filled up to a cache line, and the bytes.
const HEADER_BYTES = 64;
const IN_USE = 1;
const FREE = 0;
// In front the ring's answers and its larger results; behind them, what the host's JavaScript writes.
const RING_RESULTS_BYTES = 512 * 1024 * 1024;
const RING_END_BYTES = RING.answerBytes + RING_RESULTS_BYTES;
const LIMIT_BYTES = RING_END_BYTES + 256 * 1024 * 1024;

/** The part of a segment of results that belongs to the ring. */
export function ringAnswers(memory: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return memory.subarray(0, RING_END_BYTES);
}

/** The server's end of the slots for results, which one host writes. */
export class SharedResults {
  readonly #segment: SharedSegment;
  readonly #states: Int32Array;

  private constructor(segment: SharedSegment) {
    this.#segment = segment;
    this.#states = new Int32Array(segment.memory.buffer);
  }

  /** Undefined without the addon, and where the system has no such memory. */
  static open(): SharedResults | undefined {
    const segment = createSegment(LIMIT_BYTES, true);
    return segment === undefined ? undefined : new SharedResults(segment);
  }

  get fd(): number {
    return this.#segment.fd;
  }

  /** The segment itself, whose beginning is the ring's. */
  get segment(): SharedSegment {
    return this.#segment;
  }

  /**
   * Copies a result out, wipes its slot and gives it back. Throws RangeError for a region that is none: the
   * host that speaks of it is not to be trusted any more.
   */
  take(region: SlabRegion): Buffer {
    const view = viewRegion(this.#segment.memory, region);
    if (region.offset < RING.answerBytes + HEADER_BYTES || region.offset % HEADER_BYTES !== 0) {
      throw new RangeError('a payload is not where its frame says');
    }
    const result = Buffer.allocUnsafeSlow(region.bytes);
    copyBytes(result, 0, view, 0, region.bytes);
    view.fill(WIPED);
    Atomics.store(this.#states, stateIndex(region.offset), FREE);
    return result;
  }

  close(): void {
    this.#segment.release(0, this.#segment.memory.byteLength);
    closeSync(this.#segment.fd);
  }
}

/** The host's end. */
export class ResultSlots {
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #states: Int32Array;
  readonly #slots: SlotAllocator;

  constructor(memory: Uint8Array<ArrayBuffer>) {
    this.#memory = memory;
    this.#states = new Int32Array(memory.buffer);
    this.#slots = new SlotAllocator(memory.byteLength, RING_END_BYTES);
  }

  /** Copies a result in; undefined if there is no room. The server frees it. */
  write(payload: Uint8Array): SlabRegion | undefined {
    this.#slots.freeWhere(({ offset }) => Atomics.load(this.#states, stateIndex(offset + HEADER_BYTES)) === FREE);
    const slot = this.#slots.take(HEADER_BYTES + payload.byteLength);
    if (slot === undefined) return undefined;
    const region = { offset: slot.offset + HEADER_BYTES, bytes: payload.byteLength };
    this.#memory.set(payload, region.offset);
    Atomics.store(this.#states, stateIndex(region.offset), IN_USE);
    return region;
  }
}

function stateIndex(offset: number): number {
  return (offset - HEADER_BYTES) / Int32Array.BYTES_PER_ELEMENT;
}
