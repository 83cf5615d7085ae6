const SLOT_BYTES = 4096;
const SLOTS = 512;

/** Where things lie in the segments of a ring; src/ring/ring-layout.h says what they are. */
export const RING = {
  slots: SLOTS,
  slotBytes: SLOT_BYTES,
  /** Offsets of 32-bit numbers in the requests. */
  submitted: 0,
  highWater: 64,
  isLone: 128,
  /** Offsets of 32-bit numbers in the answers. */
  completed: 0,
  serverWaits: 64,
  hostWaits: 128,
  states: SLOT_BYTES,
  requestSlots: SLOT_BYTES,
  answerSlots: 2 * SLOT_BYTES,
  requestBytes: SLOT_BYTES + SLOTS * SLOT_BYTES,
  answerBytes: 2 * SLOT_BYTES + SLOTS * SLOT_BYTES,
  /** From here on, a slot holds bytes of tensors. */
  inlineOffset: 1536,
  maxTensors: 14,
  maxRank: 8,
  state: { free: 0, waiting: 1, running: 2, done: 3, mask: 3, generationShift: 2, maxGeneration: 0x3fffffff },
  /** FP64 fields. */
  request: { order: 0, deadlineMs: 1, rank: 2, mayShare: 3, inputCount: 4, outputMask: 5 },
  answer: { status: 0, startedAtUs: 1, inferenceUs: 2, batchSize: 3, outputCount: 4 },
  /** Each tensor: index or element type, rank, offset in the segment, bytes, extents. */
  tensorFields: 8,
  fieldsPerTensor: 12,
  status: { answered: 0, again: 1, expired: 2, terminated: 3 },
} as const;
