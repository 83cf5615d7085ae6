import { RING, type SharedSegment } from '@deephealth/native';
import type { RawTensor } from '@deephealth/sdk';
import { WIPED } from '../host/wiped.js';

const FP64_BYTES = 8;
const INT32_BYTES = 4;
const SLOT_FIELDS = RING.slotBytes / FP64_BYTES;
// Tensors in a slot begin at cache lines.
const ALIGNMENT = 64;
// Pages are reserved for so many slots at once: writing where the system has no memory ends the process.
const RESERVED_SLOTS = 32;
const FIRST_STATE = RING.states / INT32_BYTES;
// No word that stays in a slot when its request has gone: that is done, or taken back.
const NO_REQUEST = stateWord(RING.state.maxGeneration, RING.state.running);

/** A tensor of an answer, where it lies. */
export interface RingPart {
  readonly elementType: number;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

/**
 * The server's view of both segments of a ring. Requests are written here alone; of answers, nothing
 * is believed that could lead out of them.
 */
export class RingMemory {
  readonly #requests: SharedSegment;
  readonly #answers: SharedSegment;
  readonly #requestFields: Float64Array;
  readonly #requestWords: Int32Array;
  readonly #answerFields: Float64Array;
  readonly #answerWords: Int32Array;
  readonly #answerBytes: Buffer;
  /** State words of requests under way once they are done; of no request, a word that no slot has. */
  readonly #doneWords = new Int32Array(RING.slots).fill(NO_REQUEST);
  #usedSlots = 0;

  /** Both are borrowed. */
  constructor(requests: SharedSegment, answers: SharedSegment) {
    this.#requests = requests;
    this.#answers = answers;
    this.#requestFields = new Float64Array(requests.memory.buffer, 0, RING.requestBytes / FP64_BYTES);
    this.#requestWords = new Int32Array(requests.memory.buffer, 0, RING.requestBytes / INT32_BYTES);
    this.#answerFields = new Float64Array(answers.memory.buffer, 0, RING.answerBytes / FP64_BYTES);
    this.#answerWords = new Int32Array(answers.memory.buffer, 0, RING.answerBytes / INT32_BYTES);
    this.#answerBytes = Buffer.from(answers.memory.buffer, 0, RING.answerBytes);
  }

  /** Slots that have ever been used; the host looks at no more. */
  get usedSlots(): number {
    return this.#usedSlots;
  }

  /** A slot that was never used; undefined if there is none, or no memory for it. */
  addSlot(): number | undefined {
    const slot = this.#usedSlots;
    if (slot >= RING.slots) return undefined;
    if (slot % RESERVED_SLOTS === 0 && !this.#reserve(slot)) return undefined;
    this.#usedSlots = slot + 1;
    Atomics.store(this.#requestWords, RING.highWater / INT32_BYTES, this.#usedSlots);
    return slot;
  }

  #reserve(first: number): boolean {
    const bytes = RESERVED_SLOTS * RING.slotBytes;
    const header = first === 0;
    return (
      (!header || this.#requests.reserve(0, RING.requestSlots)) &&
      (!header || this.#answers.reserve(0, RING.answerSlots)) &&
      this.#requests.reserve(RING.requestSlots + first * RING.slotBytes, bytes) &&
      this.#answers.reserve(RING.answerSlots + first * RING.slotBytes, bytes)
    );
  }

  /** What a request says besides its tensors. Number by number: an object would be garbage of every request. */
  writeHead(
    slot: number,
    order: number,
    deadlineMs: number,
    rank: number,
    mayShare: boolean,
    inputCount: number,
    outputMask: number,
  ): void {
    const at = RING.requestSlots / FP64_BYTES + slot * SLOT_FIELDS;
    const fields = this.#requestFields;
    fields[at + RING.request.order] = order;
    fields[at + RING.request.deadlineMs] = deadlineMs;
    fields[at + RING.request.rank] = rank;
    fields[at + RING.request.mayShare] = mayShare ? 1 : 0;
    fields[at + RING.request.inputCount] = inputCount;
    fields[at + RING.request.outputMask] = outputMask;
  }

  /**
   * Copies a tensor into the slot. Returns where the next one may begin, or undefined if this one does
   * not fit there.
   *
   * @param inlineAt where in the slot it may begin: `RING.inlineOffset` for the first
   */
  writeInline(slot: number, place: number, index: number, { shape, data }: RawTensor, inlineAt: number) {
    if (inlineAt + data.byteLength > RING.slotBytes) return undefined;
    const offset = RING.requestSlots + slot * RING.slotBytes + inlineAt;
    this.#requests.memory.set(data, offset);
    this.writeTensor(slot, place, index, shape, offset, data.byteLength);
    return Math.ceil((inlineAt + data.byteLength) / ALIGNMENT) * ALIGNMENT;
  }

  /** Says where a tensor of the request lies in the segment. */
  writeTensor(slot: number, place: number, index: number, shape: readonly number[], offset: number, bytes: number) {
    const at = RING.requestSlots / FP64_BYTES + slot * SLOT_FIELDS + RING.tensorFields + place * RING.fieldsPerTensor;
    const fields = this.#requestFields;
    fields[at] = index;
    fields[at + 1] = shape.length;
    fields[at + 2] = offset;
    fields[at + 3] = bytes;
    for (let axis = 0; axis < shape.length; axis++) fields[at + 4 + axis] = shape[axis] as number;
  }

  /** From now on, the host may take the request. */
  submit(slot: number, generation: number): void {
    this.#answerFields[this.#answerAt(slot) + RING.answer.startedAtUs] = 0;
    this.#doneWords[slot] = stateWord(generation, RING.state.done);
    Atomics.store(this.#answerWords, stateIndex(slot), stateWord(generation, RING.state.waiting));
  }

  /**
   * Says that requests have come. True if the host must be woken.
   *
   * @param underWay requests that the host has, these included
   */
  announce(underWay: number): boolean {
    Atomics.store(this.#requestWords, RING.isLone / INT32_BYTES, underWay === 1 ? 1 : 0);
    Atomics.add(this.#requestWords, RING.submitted / INT32_BYTES, 1);
    return Atomics.load(this.#answerWords, RING.hostWaits / INT32_BYTES) !== 0;
  }

  /** Counts up when answers have come. */
  get completed(): number {
    return Atomics.load(this.#answerWords, RING.completed / INT32_BYTES);
  }

  /** Asks for a bell when the next answers have come. */
  awaitAnswers(): void {
    Atomics.store(this.#answerWords, RING.serverWaits / INT32_BYTES, 1);
  }

  /** Takes a request back that the host has not begun: true if so. */
  revoke(slot: number, generation: number): boolean {
    const waiting = stateWord(generation, RING.state.waiting);
    const revoked = stateWord(generation, RING.state.free);
    return Atomics.compareExchange(this.#answerWords, stateIndex(slot), waiting, revoked) === waiting;
  }

  /** `RING.state` of the request, or undefined if the slot speaks of another one. */
  state(slot: number, generation: number): number | undefined {
    const word = Atomics.load(this.#answerWords, stateIndex(slot));
    return word >>> RING.state.generationShift === generation ? word & RING.state.mask : undefined;
  }

  /** The first slot from `from` on whose request is done; -1 if there is none. */
  nextDone(from: number): number {
    const words = this.#answerWords;
    const doneWords = this.#doneWords;
    for (let slot = from; slot < this.#usedSlots; slot++) {
      // A plain look first: hundreds of slots are looked at for each one that is done.
      if (words[FIRST_STATE + slot] !== doneWords[slot]) continue;
      if (Atomics.load(words, FIRST_STATE + slot) === doneWords[slot]) return slot;
    }
    return -1;
  }

  /** A field of an answer, see `RING.answer`. */
  answerField(slot: number, field: number): number {
    return this.#answerFields[this.#answerAt(slot) + field] as number;
  }

  /** The same of a number that is told on. Throws RangeError for one that is negative, NaN or infinite. */
  answerNumber(slot: number, field: number): number {
    const value = this.answerField(slot, field);
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) throw broken();
    return value;
  }

  /** Where a tensor of the answer lies. Throws RangeError for what cannot be. */
  answerPart(slot: number, place: number): RingPart {
    const at = this.#answerAt(slot) + RING.tensorFields + place * RING.fieldsPerTensor;
    // Field by field: views would be garbage of every request.
    const fields = this.#answerFields;
    const elementType = fields[at] as number;
    const rank = fields[at + 1] as number;
    const offset = fields[at + 2] as number;
    const bytes = fields[at + 3] as number;
    if (!isCount(rank) || rank > RING.maxRank || !isCount(offset) || !isCount(bytes)) throw broken();
    const shape: number[] = [];
    for (let axis = 0; axis < rank; axis++) {
      const extent = fields[at + 4 + axis] as number;
      if (!isCount(extent)) throw broken();
      shape.push(extent);
    }
    return { elementType, shape, offset, bytes };
  }

  /** A copy of bytes that lie in the slot; undefined if they lie elsewhere. */
  copyInline(slot: number, { offset, bytes }: RingPart): Buffer | undefined {
    const begin = RING.answerSlots + slot * RING.slotBytes;
    if (offset < begin + RING.inlineOffset || offset + bytes > begin + RING.slotBytes) return undefined;
    const copy = Buffer.allocUnsafe(bytes);
    this.#answerBytes.copy(copy, 0, offset, offset + bytes);
    return copy;
  }

  /** What was in the slot is nobody's any more, and is wiped. */
  forget(slot: number): void {
    this.#doneWords[slot] = NO_REQUEST;
    const inline = (slots: number): [number, number] => [
      slots + slot * RING.slotBytes + RING.inlineOffset,
      slots + (slot + 1) * RING.slotBytes,
    ];
    this.#requests.memory.fill(WIPED, ...inline(RING.requestSlots));
    this.#answers.memory.fill(WIPED, ...inline(RING.answerSlots));
  }

  #answerAt(slot: number): number {
    return RING.answerSlots / FP64_BYTES + slot * SLOT_FIELDS;
  }
}

function stateIndex(slot: number): number {
  return FIRST_STATE + slot;
}

/** As a signed number, which is what the array gives. */
function stateWord(generation: number, state: number): number {
  return (generation << RING.state.generationShift) | state;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function broken(): RangeError {
  return new RangeError('an answer in the ring makes no sense');
}
