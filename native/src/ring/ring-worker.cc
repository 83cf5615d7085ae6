#include "ring-worker.h"

#if defined(__linux__)

#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "futex.h"

namespace deephealth {

namespace {

// What an element of any type needs at least.
constexpr size_t kElementAlignment = 8;
constexpr double kAwakeUs = 100;
// Beside a longer run, the time of waking a thread is little.
constexpr double kShortRunUs = 50;
constexpr double kTinyRunUs = 20;
constexpr size_t kMostUntold = 8;
constexpr size_t kPlacedBytes = 64 * 1024;
constexpr double kLargestExact = 9007199254740992.0;

double monotonicUs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::micro>(now).count();
}

double wallMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

size_t rounded(size_t bytes) { return (bytes + kCacheLine - 1) / kCacheLine * kCacheLine; }

bool isCount(double value) { return value >= 0 && value < kLargestExact; }

/** Values of ONNX Runtime, released when they go. */
class Values {
 public:
  explicit Values(const OnnxRuntime& runtime) : runtime_(runtime) {}
  ~Values() {
    for (OrtValue* value : list) {
      if (value != nullptr) runtime_.release(value);
    }
  }
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;
  std::vector<OrtValue*> list;

 private:
  const OnnxRuntime& runtime_;
};

}  // namespace

RingWorker::RingWorker(const OnnxRuntime& runtime, OrtSession* session, RunTurn& turn, RingOptions options)
    : runtime_(runtime),
      session_(session),
      turn_(turn),
      options_(std::move(options)),
      arena_(options_.answers, kAnswerRingBytes, options_.answerBytes),
      known_(kRingSlots, 0),
      joined_(options_.inputs.size()) {
  thread_ = std::thread([this] { work(); });
}

RingWorker::~RingWorker() {
  stopping_ = true;
  {
    const std::lock_guard<std::mutex> lock(underWayMutex_);
    if (runOptions_ != nullptr) runtime_.terminate(runOptions_);
  }
  // It may be just about to wait, and then hears only the next one.
  while (!finished_) {
    futexWake(reinterpret_cast<const uint32_t*>(options_.requests));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  thread_.join();
}

uint32_t* RingWorker::answerWord(size_t byteOffset) const {
  return reinterpret_cast<uint32_t*>(options_.answers + byteOffset);
}

uint32_t* RingWorker::state(size_t slot) const { return answerWord(kStatesOffset + slot * sizeof(uint32_t)); }

const double* RingWorker::request(size_t slot) const {
  return reinterpret_cast<const double*>(options_.requests + kRequestSlots + slot * kSlotBytes);
}

double* RingWorker::answerOf(size_t slot) const {
  return reinterpret_cast<double*>(options_.answers + kAnswerSlots + slot * kSlotBytes);
}

void RingWorker::work() {
  while (!stopping_) {
    collect();
    std::vector<Member> group;
    double outputMask = 0;
    if (!waiting_.empty()) group = claimGroup();
    if (!group.empty()) {
      outputMask = request(group.front().slot)[kOutputMask];
      turn_.lock();
      runGroup(group, outputMask);
      turn_.unlock();
    }
    if (waiting_.empty()) collect();
    if (!mayTellLater(group.size())) tell();
    if (waiting_.empty()) awaitRequests();
  }
  finished_ = true;
}

/** Finds requests that have come since. */
void RingWorker::collect() {
  const uint32_t highWater =
      std::min<uint32_t>(__atomic_load_n(reinterpret_cast<const uint32_t*>(options_.requests + kCacheLine),
                                         __ATOMIC_ACQUIRE),
                         kRingSlots);
  for (size_t slot = 0; slot < highWater; slot++) {
    const uint32_t word = __atomic_load_n(state(slot), __ATOMIC_ACQUIRE);
    if ((word & kStateMask) != kSlotWaiting || known_[slot] == word) continue;
    known_[slot] = word;
    const double* fields = request(slot);
    waiting_.push_back({slot, word, fields[kOrder], fields[kRank], fields[kDeadlineMs], fields[kMayShare] != 0,
                        fields[kOutputMask]});
  }
}

void RingWorker::awaitRequests() {
  const auto* submitted = reinterpret_cast<const uint32_t*>(options_.requests);
  const uint32_t seen = __atomic_load_n(submitted, __ATOMIC_SEQ_CST);
  __atomic_store_n(answerWord(2 * kCacheLine), 1u, __ATOMIC_SEQ_CST);
  // What came before the server could see that we wait.
  collect();
  if (waiting_.empty() && !stopping_ && !arrivesSoon(submitted, seen)) futexWait(submitted, seen);
  __atomic_store_n(answerWord(2 * kCacheLine), 0u, __ATOMIC_SEQ_CST);
}

/**
 * A caller who asks for one thing after the other asks again within microseconds, and waking a thread
 * takes longer than a small run: for such a one, the thread stays awake for a moment. It gives way to
 * whoever needs the processor, and does not wait so where several requests are under way.
 */
bool RingWorker::arrivesSoon(const uint32_t* submitted, uint32_t seen) const {
  const auto* isLone = reinterpret_cast<const uint32_t*>(options_.requests + 2 * kCacheLine);
  if (!hasAnswered_ || lastRunUs_ > kShortRunUs || __atomic_load_n(isLone, __ATOMIC_RELAXED) == 0) return false;
  const double untilUs = monotonicUs() + kAwakeUs;
  while (monotonicUs() < untilUs && !stopping_) {
    if (__atomic_load_n(submitted, __ATOMIC_ACQUIRE) != seen) return true;
    sched_yield();
  }
  return false;
}

std::vector<RingWorker::Member> RingWorker::claimGroup() {
  std::sort(waiting_.begin(), waiting_.end(), [](const Waiting& a, const Waiting& b) {
    return a.rank == b.rank ? a.order < b.order : a.rank < b.rank;
  });
  std::vector<Member> group;
  while (!waiting_.empty()) {
    const Waiting first = waiting_.front();
    const auto isAlike = [&first](const Waiting& other) {
      return other.mayShare && other.outputMask == first.outputMask;
    };
    const size_t alike =
        first.mayShare ? static_cast<size_t>(std::count_if(waiting_.begin(), waiting_.end(), isAlike)) : 1;
    size_t size = 1;
    for (const size_t served : options_.sizes) {
      if (served <= alike) size = served;
    }
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
  // Where some were taken back meanwhile, runGroup() cuts it into proven sizes.
  return group;
}

/** Takes a request for a run, unless it was taken back, has expired or cannot be read. */
bool RingWorker::claim(const Waiting& waiting, std::vector<Member>& group) {
  uint32_t expected = waiting.state;
  const uint32_t running = (waiting.state & ~kStateMask) | kSlotRunning;
  if (!__atomic_compare_exchange_n(state(waiting.slot), &expected, running, false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE)) {
    return false;
  }
  Member member{waiting.slot, running, {}, false};
  if (waiting.deadlineMs <= wallMs()) {
    answer(waiting.slot, kExpired);
    finish(member);
    return false;
  }
  if (!readInputs(waiting.slot, member.inputs)) {
    answer(waiting.slot, kAgain);
    finish(member);
    return false;
  }
  group.push_back(std::move(member));
  return true;
}

bool RingWorker::readInputs(size_t slot, std::vector<Tensor>& inputs) const {
  const double* fields = request(slot);
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
    Tensor read{declared, {}, options_.requests + offset, bytes};
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

void RingWorker::runGroup(std::vector<Member>& group, double outputMask) {
  std::vector<size_t> wanted;
  for (size_t index = 0; index < options_.outputs.size(); index++) {
    if ((static_cast<uint64_t>(outputMask) >> index & 1) != 0) wanted.push_back(index);
  }
  {
    const std::lock_guard<std::mutex> lock(underWayMutex_);
    underWay_ = &group;
  }
  size_t first = 0;
  while (first < group.size()) {
    size_t size = 1;
    for (const size_t served : options_.sizes) {
      if (served <= group.size() - first) size = served;
    }
    if (!tryRun(group, first, size, wanted)) {
      // One of them may have spoilt the run for all: by themselves, only that one fails.
      for (size_t index = first; index < first + size; index++) {
        if (size == 1 || !tryRun(group, index, 1, wanted)) answer(group[index].slot, kAgain);
      }
    }
    for (size_t index = first; index < first + size; index++) finish(group[index]);
    first += size;
  }
  const std::lock_guard<std::mutex> lock(underWayMutex_);
  underWay_ = nullptr;
}

bool RingWorker::everyoneLeft(const std::vector<Member>& group, size_t first, size_t count) {
  const std::lock_guard<std::mutex> lock(underWayMutex_);
  return std::all_of(group.begin() + first, group.begin() + first + count,
                     [](const Member& member) { return member.hasLeft; });
}

/** One run. False if it failed, or gave something else than what is declared; then nothing is answered. */
bool RingWorker::tryRun(std::vector<Member>& group, size_t first, size_t count, const std::vector<size_t>& wanted) {
  const double startedAtUs = monotonicUs();
  for (size_t index = first; index < first + count; index++) {
    double* answered = answerOf(group[index].slot);
    answered[kBatchSize] = static_cast<double>(count);
    __atomic_store(&answered[kStartedAtUs], &startedAtUs, __ATOMIC_RELEASE);
  }
  if (everyoneLeft(group, first, count)) {
    for (size_t index = first; index < first + count; index++) answer(group[index].slot, kTerminated);
    return true;
  }
  Values inputs(runtime_);
  Values outputs(runtime_);
  std::vector<const char*> inputNames;
  std::vector<const char*> outputNames;
  for (const size_t index : wanted) outputNames.push_back(options_.outputs[index].name.c_str());
  bool isTerminated = false;
  bool isDone = false;
  OrtRunOptions* created = nullptr;
  std::vector<size_t> placed(wanted.size(), 0);
  try {
    const std::vector<Tensor>& firstInputs = group[first].inputs;
    for (size_t index = 0; index < firstInputs.size(); index++) {
      const Tensor& tensor = firstInputs[index];
      const DeclaredTensor& spec = options_.inputs[tensor.declared];
      std::vector<int64_t> shape = tensor.shape;
      const uint8_t* data = tensor.data;
      size_t bytes = tensor.bytes;
      if (count > 1) {
        shape[0] = static_cast<int64_t>(count);
        bytes *= count;
        auto& joined = joined_[tensor.declared];
        joined.resize((bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t));
        auto* to = reinterpret_cast<uint8_t*>(joined.data());
        for (size_t row = 0; row < count; row++) {
          std::memcpy(to + row * tensor.bytes, group[first + row].inputs[index].data, tensor.bytes);
        }
        data = to;
      }
      inputs.list.push_back(runtime_.createTensor(const_cast<uint8_t*>(data), bytes, shape.data(), shape.size(),
                                                  spec.elementType));
      inputNames.push_back(spec.name.c_str());
    }
    outputs.list.assign(wanted.size(), nullptr);
    if (count == 1) placeOutputs(group[first], wanted, outputs.list, placed);
    created = runtime_.createRunOptions();
    {
      const std::lock_guard<std::mutex> lock(underWayMutex_);
      runOptions_ = created;
      underWayFirst_ = first;
      underWayCount_ = count;
      isTerminated_ = false;
      if (stopping_) runtime_.terminate(created);
    }
    runtime_.run(session_, created, inputNames.data(), inputs.list.data(), inputs.list.size(), outputNames.data(),
                 outputNames.size(), outputs.list.data());
    isDone = true;
  } catch (const std::exception&) {
    // What the engine says of it is asked for in the ordinary way.
  }
  const double inferenceUs = monotonicUs() - startedAtUs;
  lastRunUs_ = inferenceUs;
  {
    const std::lock_guard<std::mutex> lock(underWayMutex_);
    isTerminated = isTerminated_;
    runOptions_ = nullptr;
  }
  if (created != nullptr) runtime_.release(created);
  if (!isDone) giveBack(placed);
  if (!isDone && isTerminated) {
    for (size_t index = first; index < first + count; index++) answer(group[index].slot, kTerminated);
    return true;
  }
  if (!isDone) return false;
  for (size_t index = first; index < first + count; index++) answerOf(group[index].slot)[kInferenceUs] = inferenceUs;
  bool isWritten = false;
  try {
    isWritten = writeOutputs(group, first, count, wanted, outputs.list, placed);
  } catch (const std::exception&) {
    // Answered in the ordinary way, which says what is wrong.
  }
  if (!isWritten) giveBack(placed);
  return isWritten;
}

/** Gives large results whose extents are known their place before the run, which then writes them there. */
void RingWorker::placeOutputs(const Member& member, const std::vector<size_t>& wanted, std::vector<OrtValue*>& values,
                              std::vector<size_t>& placed) {
  for (size_t index = 0; index < wanted.size(); index++) {
    const DeclaredTensor& spec = options_.outputs[wanted[index]];
    std::vector<int64_t> shape = spec.shape;
    // An open first extent is the batch where every tensor has one, and the request then has one row.
    if (!shape.empty() && shape[0] == -1 && options_.isBatched) shape[0] = member.inputs[0].shape[0];
    size_t bytes = spec.elementBytes;
    bool isKnown = true;
    for (const int64_t extent : shape) {
      isKnown = isKnown && extent >= 0 && !__builtin_mul_overflow(bytes, static_cast<size_t>(extent), &bytes);
    }
    if (!isKnown || bytes < kPlacedBytes) continue;
    const size_t offset = arena_.take(bytes);
    if (offset == 0) continue;
    placed[index] = offset;
    values[index] =
        runtime_.createTensor(options_.answers + offset, bytes, shape.data(), shape.size(), spec.elementType);
  }
}

void RingWorker::giveBack(const std::vector<size_t>& placed) {
  for (const size_t offset : placed) {
    if (offset != 0) arena_.giveBack(offset);
  }
}

/** Puts each request's rows where the server finds them. False if an output is not as declared. */
bool RingWorker::writeOutputs(const std::vector<Member>& group, size_t first, size_t count,
                              const std::vector<size_t>& wanted, const std::vector<OrtValue*>& values,
                              const std::vector<size_t>& placed) {
  std::vector<OnnxRuntime::TensorView> views;
  std::vector<size_t> rowBytes;
  for (size_t index = 0; index < wanted.size(); index++) {
    const DeclaredTensor& spec = options_.outputs[wanted[index]];
    OnnxRuntime::TensorView view = runtime_.view(values[index]);
    if (view.type != spec.elementType || view.shape.size() > kMaxRank) return false;
    if (count > 1) {
      if (view.shape.empty() || view.shape[0] != static_cast<int64_t>(count)) return false;
      view.shape[0] = 1;
    }
    if (!keepsShape(spec, view.shape)) return false;
    size_t elements = 1;
    for (const int64_t extent : view.shape) elements *= static_cast<size_t>(extent);
    if (!keepsValues(spec, view.data, elements * count)) return false;
    rowBytes.push_back(elements * spec.elementBytes);
    views.push_back(std::move(view));
  }
  for (size_t row = 0; row < count; row++) {
    const size_t slot = group[first + row].slot;
    double* answered = answerOf(slot);
    std::vector<size_t> regions;
    size_t inlineAt = kInlineOffset;
    for (size_t index = 0; index < wanted.size(); index++) {
      const OnnxRuntime::TensorView& view = views[index];
      const size_t bytes = rowBytes[index];
      size_t offset = placed[index];
      if (offset != 0) {
        // It is there already.
      } else if (inlineAt + bytes <= kSlotBytes) {
        offset = kAnswerSlots + slot * kSlotBytes + inlineAt;
        inlineAt = std::min(inlineAt + rounded(bytes), kSlotBytes);
      } else {
        offset = arena_.take(bytes);
        if (offset == 0) {
          giveBack(regions);
          if (count == 1) return false;
          answer(slot, kAgain);
          break;
        }
        regions.push_back(offset);
      }
      if (placed[index] == 0) {
        std::memcpy(options_.answers + offset, static_cast<const uint8_t*>(view.data) + row * bytes, bytes);
      }
      double* tensor = answered + kTensorFields + index * kFieldsPerTensor;
      tensor[0] = view.type;
      tensor[1] = static_cast<double>(view.shape.size());
      tensor[2] = static_cast<double>(offset);
      tensor[3] = static_cast<double>(bytes);
      for (size_t axis = 0; axis < view.shape.size(); axis++) tensor[4 + axis] = static_cast<double>(view.shape[axis]);
      if (index + 1 == wanted.size()) {
        answered[kOutputCount] = static_cast<double>(wanted.size());
        answer(slot, kAnswered);
      }
    }
  }
  return true;
}

void RingWorker::answer(size_t slot, AnswerStatus status) { answerOf(slot)[kStatus] = status; }

/** From now on the answer is the server's. */
void RingWorker::finish(const Member& member) {
  __atomic_store_n(state(member.slot), (member.state & ~kStateMask) | kSlotDone, __ATOMIC_RELEASE);
  mustTell_ = true;
  hasAnswered_ = true;
}

/** Once for all that have been answered meanwhile. */
/**
 * Where tiny runs follow each other, one bell for several answers saves the server most of its waking.
 * Should the next run be a long one after all, the server finds the answers when it looks by itself.
 */
bool RingWorker::mayTellLater(size_t answered) {
  untold_ += answered;
  if (!waiting_.empty() && lastRunUs_ <= kTinyRunUs && untold_ < kMostUntold) return true;
  untold_ = 0;
  return false;
}

void RingWorker::tell() {
  if (!mustTell_) return;
  mustTell_ = false;
  __atomic_fetch_add(answerWord(0), 1u, __ATOMIC_SEQ_CST);
  // A server that has not come to the last bell yet finds these answers with the others.
  if (__atomic_exchange_n(answerWord(kCacheLine), 0u, __ATOMIC_SEQ_CST) == 0) return;
  const char ring = 1;
  (void)!send(options_.bell, &ring, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void RingWorker::leave(size_t slot, uint32_t generation) {
  const std::lock_guard<std::mutex> lock(underWayMutex_);
  if (underWay_ == nullptr) return;
  for (Member& member : *underWay_) {
    if (member.slot == slot && member.state >> 2 == generation) member.hasLeft = true;
  }
  if (runOptions_ == nullptr || isTerminated_) return;
  const auto begin = underWay_->begin() + static_cast<std::ptrdiff_t>(underWayFirst_);
  const auto end = begin + static_cast<std::ptrdiff_t>(underWayCount_);
  if (!std::all_of(begin, end, [](const Member& member) { return member.hasLeft; })) return;
  isTerminated_ = true;
  runtime_.terminate(runOptions_);
}

}  // namespace deephealth

#endif
