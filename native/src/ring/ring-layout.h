// Where things lie in the two segments that a server and a model host share. The same numbers stand
// in lib/ring/ring-layout.ts.
//
// Requests: written by the server, only read by the host.
//   page 0             u32 submitted: counts up with each request, and is what the host waits on
//                      u32 highWater (byte 64): slots from here on were never used
//                      u32 isLone (byte 128): one request is under way, and no other
//   page 1 + slot      one request, as FP64 numbers (exact up to 2^53) and then its bytes
// Answers: written by both.
//   page 0             u32 completed: counts up when answers have come
//                      u32 serverWaits (byte 64): the server wants a bell for the next of them
//                      u32 hostWaits (byte 128)
//   page 1             u32 state of each slot: generation << 2 | one of SlotState
//   page 2 + slot      one answer, as FP64 numbers and then its bytes
//   from kAnswerRingBytes on, larger results, each behind a cache line whose first u32 says whether
//   it is in use
#pragma once

#include <cstddef>
#include <cstdint>

namespace deephealth {

constexpr size_t kRingSlots = 512;
constexpr size_t kSlotBytes = 4096;
constexpr size_t kCacheLine = 64;
constexpr size_t kStatesOffset = kSlotBytes;
constexpr size_t kRequestSlots = kSlotBytes;
constexpr size_t kAnswerSlots = 2 * kSlotBytes;
constexpr size_t kRequestRingBytes = kRequestSlots + kRingSlots * kSlotBytes;
constexpr size_t kAnswerRingBytes = kAnswerSlots + kRingSlots * kSlotBytes;
/** From here on, a slot holds bytes of tensors. */
constexpr size_t kInlineOffset = 1536;
constexpr size_t kInlineBytes = kSlotBytes - kInlineOffset;

enum SlotState : uint32_t { kSlotFree = 0, kSlotWaiting = 1, kSlotRunning = 2, kSlotDone = 3 };
constexpr uint32_t kStateMask = 3;

/** FP64 fields of a request. */
enum RequestField : size_t {
  kOrder = 0,
  kDeadlineMs = 1,
  kRank = 2,
  kMayShare = 3,
  kInputCount = 4,
  /** A bit for each declared output. */
  kOutputMask = 5,
};

/** FP64 fields of an answer. */
enum AnswerField : size_t {
  kStatus = 0,
  kStartedAtUs = 1,
  kInferenceUs = 2,
  kBatchSize = 3,
  kOutputCount = 4,
};

/** Tensors follow from this field on, each with so many fields: index or element type, rank, offset, bytes, extents. */
constexpr size_t kTensorFields = 8;
constexpr size_t kFieldsPerTensor = 12;
constexpr size_t kMaxTensors = 14;
constexpr size_t kMaxRank = 8;

enum AnswerStatus : int {
  kAnswered = 0,
  /** Something is not as declared, or there was no room: the ordinary way says what. */
  kAgain = 1,
  kExpired = 2,
  kTerminated = 3,
};

}  // namespace deephealth
