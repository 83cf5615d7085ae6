// Requests of the ring on their way to a run: found, waited for, put together, claimed and checked.
#pragma once

#if defined(__linux__)

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "claimed-request.h"
#include "ring-answers.h"
#include "ring-declaration.h"
#include "ring-slots.h"

namespace deephealth {

class RequestIntake {
 public:
  /** All are borrowed. */
  RequestIntake(const RingOptions& options, const RingSlots& slots, RingAnswers& answers,
                const std::atomic<bool>& isStopping);

  bool isEmpty() const { return waiting_.empty(); }

  /** Finds requests that have come since. */
  void collect();

  /**
   * Returns when requests may have come, or the ring is to stop.
   *
   * @param staysAwake for a moment: the next one probably comes within it
   */
  void await(bool staysAwake);

  /** The most urgent request with as many like it as a proven size allows, claimed. Empty if none waits. */
  std::vector<ClaimedRequest> claimGroup();

 private:
  struct Waiting {
    size_t slot;
    /** Its whole state word: another one means that it was taken back. */
    uint32_t state;
    double order;
    double rank;
    double deadlineMs;
    bool mayShare;
    double outputMask;
  };
  bool arrivesSoon(const uint32_t* submitted, uint32_t seen) const;
  void claim(const Waiting& waiting, std::vector<ClaimedRequest>& group);
  bool readInputs(size_t slot, std::vector<InputTensor>& inputs) const;

  const RingOptions& options_;
  const RingSlots& slots_;
  RingAnswers& answers_;
  const std::atomic<bool>& isStopping_;
  std::vector<Waiting> waiting_;
  std::vector<uint32_t> known_;
};

}  // namespace deephealth

#endif
