#include "request-intake.h"

#if defined(__linux__)

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "futex.h"
#include "monotonic-us.h"

namespace deephealth {

namespace {

// What an element of any type needs at least.
constexpr size_t kElementAlignment = 8;
constexpr double kAwakeUs = 100;
constexpr double kLargestExact = 9007199254740992.0;

bool isCount(double value) { return value >= 0 && value < kLargestExact; }

}  // namespace

RequestIntake::RequestIntake(const RingOptions& options, const RingSlots& slots, RingAnswers& answers,
                             const std::atomic<bool>& isStopping)
    : options_(options), slots_(slots), answers_(answers), isStopping_(isStopping), known_(kRingSlots, 0) {}

void RequestIntake::collect() {
  const uint32_t highWater =
      std::min<uint32_t>(__atomic_load_n(slots_.requestWord(kCacheLine), __ATOMIC_ACQUIRE), kRingSlots);
  for (size_t slot = 0; slot < highWater; slot++) {
    const uint32_t word = __atomic_load_n(slots_.state(slot), __ATOMIC_ACQUIRE);
    if ((word & kStateMask) != kSlotWaiting || known_[slot] == word) continue;
    known_[slot] = word;
    const double* fields = slots_.request(slot);
    waiting_.push_back({slot, word, fields[kOrder], fields[kRank], fields[kDeadlineMs], fields[kMayShare] != 0,
                        fields[kOutputMask]});
  }
}

void RequestIntake::await(bool staysAwake) {
  const uint32_t* submitted = slots_.requestWord(0);
  const uint32_t seen = __atomic_load_n(submitted, __ATOMIC_SEQ_CST);
  __atomic_store_n(slots_.answerWord(2 * kCacheLine), 1u, __ATOMIC_SEQ_CST);
  // What came before the server could see that we wait.
  collect();
  if (waiting_.empty() && !isStopping_ && !(staysAwake && arrivesSoon(submitted, seen))) futexWait(submitted, seen);
  __atomic_store_n(slots_.answerWord(2 * kCacheLine), 0u, __ATOMIC_SEQ_CST);
}

/**
 * A caller who asks for one thing after the other asks again within microseconds, and waking a thread
 * takes longer than a small run: for such a one, the thread stays awake for a moment. It gives way to
 * whoever needs the processor, and does not wait so where several requests are under way.
 */
bool RequestIntake::arrivesSoon(const uint32_t* submitted, uint32_t seen) const {
  if (__atomic_load_n(slots_.requestWord(2 * kCacheLine), __ATOMIC_RELAXED) == 0) return false;
  const double untilUs = monotonicUs() + kAwakeUs;
  while (monotonicUs() < untilUs && !isStopping_) {
    if (__atomic_load_n(submitted, __ATOMIC_ACQUIRE) != seen) return true;
    sched_yield();
  }
  return false;
}

std::vector<ClaimedRequest> RequestIntake::claimGroup() {
  std::sort(waiting_.begin(), waiting_.end(), [](const Waiting& a, const Waiting& b) {
    return a.rank == b.rank ? a.order < b.order : a.rank < b.rank;
  });
  std::vector<ClaimedRequest> group;
  while (!waiting_.empty()) {
    const Waiting first = waiting_.front();
    const auto isAlike = [&first](const Waiting& other) {
      return other.mayShare && other.outputMask == first.outputMask;
    };
    const size_t alike =
        first.mayShare ? static_cast<size_t>(std::count_if(waiting_.begin(), waiting_.end(), isAlike)) : 1;
    const size_t size = options_.servedSize(alike);
    std::vector<Waiting> rest;
    rest.reserve(waiting_.size());
    bool isFirst = true;
    for (const Waiting& waiting : waiting_) {
      const bool joins = isFirst || (first.mayShare && group.size() < size && isAlike(waiting));
      isFirst = false;
      // One that was taken back is nobody's any more.
      if (joins) claim(waiting, group);
      else rest.push_back(waiting);
    }
    waiting_.swap(rest);
    if (!group.empty()) break;
  }
  // Where some were taken back meanwhile, the worker cuts it into proven sizes.
  return group;
}

/** Takes a request for a run, unless it was taken back, has expired or cannot be read. */
void RequestIntake::claim(const Waiting& waiting, std::vector<ClaimedRequest>& group) {
  uint32_t expected = waiting.state;
  const uint32_t running = (waiting.state & ~kStateMask) | kSlotRunning;
  if (!__atomic_compare_exchange_n(slots_.state(waiting.slot), &expected, running, false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE)) {
    return;
  }
  ClaimedRequest request{waiting.slot, running, {}, false};
  if (waiting.deadlineMs * 1000 <= monotonicUs()) {
    answers_.setStatus(waiting.slot, kExpired);
    answers_.finish(request);
    return;
  }
  if (!readInputs(waiting.slot, request.inputs)) {
    answers_.setStatus(waiting.slot, kAgain);
    answers_.finish(request);
    return;
  }
  group.push_back(std::move(request));
}

bool RequestIntake::readInputs(size_t slot, std::vector<InputTensor>& inputs) const {
  const double* fields = slots_.request(slot);
  const double count = fields[kInputCount];
  if (!(count >= 0 && count <= kMaxTensors)) return false;
  for (size_t index = 0; index < static_cast<size_t>(count); index++) {
    const double* tensor = fields + kTensorFields + index * kFieldsPerTensor;
    if (!isCount(tensor[0]) || !isCount(tensor[1]) || !isCount(tensor[2]) || !isCount(tensor[3])) return false;
    const auto declared = static_cast<size_t>(tensor[0]);
    const auto rank = static_cast<size_t>(tensor[1]);
    const auto offset = static_cast<size_t>(tensor[2]);
    const auto bytes = static_cast<size_t>(tensor[3]);
    if (declared >= options_.inputs.size() || rank > kMaxRank) return false;
    if (offset > options_.requestBytes || bytes > options_.requestBytes - offset) return false;
    if (offset % kElementAlignment != 0) return false;
    const DeclaredTensor& spec = options_.inputs[declared];
    InputTensor read{declared, {}, options_.requests + offset, bytes};
    size_t elements = 1;
    for (size_t axis = 0; axis < rank; axis++) {
      const double extent = tensor[4 + axis];
      if (!isCount(extent)) return false;
      read.shape.push_back(static_cast<int64_t>(extent));
      if (__builtin_mul_overflow(elements, static_cast<size_t>(extent), &elements)) return false;
    }
    size_t expected = 0;
    if (__builtin_mul_overflow(elements, spec.elementBytes, &expected) || expected != bytes) return false;
    if (!keepsShape(spec, read.shape) || !keepsValues(spec, read.data, elements)) return false;
    inputs.push_back(std::move(read));
  }
  return true;
}

}  // namespace deephealth

#endif
