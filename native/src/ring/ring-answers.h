// The host's answers in the ring, and the bell that tells the server of them.
#pragma once

#if defined(__linux__)

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../engine/onnx-runtime.h"
#include "answer-arena.h"
#include "claimed-request.h"
#include "ring-declaration.h"
#include "ring-slots.h"

namespace deephealth {

class RingAnswers {
 public:
  /** The options are borrowed. */
  RingAnswers(const OnnxRuntime& runtime, const RingOptions& options, const RingSlots& slots);

  /**
   * Gives large results whose extents are known their place before the run, which then writes them there.
   *
   * @param placed offset of each result that has got a place; 0 for the others
   */
  void place(const ClaimedRequest& request, const std::vector<size_t>& wanted, std::vector<OrtValue*>& values,
             std::vector<size_t>& placed);
  void giveBack(const std::vector<size_t>& placed);

  /** Puts the rows of each request of a run where the server finds them. False if an output is not as declared. */
  bool write(const std::vector<ClaimedRequest>& group, size_t first, size_t count, const std::vector<size_t>& wanted,
             const std::vector<OrtValue*>& values, const std::vector<size_t>& placed);

  void setStatus(size_t slot, AnswerStatus status) { slots_.answer(slot)[kStatus] = status; }
  /** From now on the answer is the server's. */
  void finish(const ClaimedRequest& request);

  /** True once there was any. */
  bool hasAnswered() const { return hasAnswered_; }

  /**
   * Where tiny runs follow each other, one bell for several answers saves the server most of its waking.
   * Should the next run be a long one after all, the server finds the answers when it looks by itself.
   */
  bool mayTellLater(size_t answered, bool isMoreWaiting, double lastRunUs);
  /** Once for all that have been answered meanwhile. */
  void tell();

 private:
  const OnnxRuntime& runtime_;
  const RingOptions& options_;
  const RingSlots& slots_;
  AnswerArena arena_;
  bool mustTell_ = false;
  size_t untold_ = 0;
  bool hasAnswered_ = false;
};

}  // namespace deephealth

#endif
