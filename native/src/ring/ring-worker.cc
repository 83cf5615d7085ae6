#include "ring-worker.h"

#if defined(__linux__)

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "futex.h"
#include "monotonic-us.h"

namespace deephealth {

namespace {

// Beside a longer run, the time of waking a thread is little.
constexpr double kShortRunUs = 50;

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
      slots_(options_.requests, options_.answers),
      answers_(runtime, options_, slots_),
      intake_(options_, slots_, answers_, stopping_),
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
    futexWake(slots_.requestWord(0));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  thread_.join();
}

void RingWorker::work() {
  while (!stopping_) {
    intake_.collect();
    std::vector<ClaimedRequest> group;
    if (!intake_.isEmpty()) group = intake_.claimGroup();
    if (!group.empty()) {
      const double outputMask = slots_.request(group.front().slot)[kOutputMask];
      turn_.lock();
      runGroup(group, outputMask);
      turn_.unlock();
    }
    if (intake_.isEmpty()) intake_.collect();
    if (!answers_.mayTellLater(group.size(), !intake_.isEmpty(), lastRunUs_)) answers_.tell();
    // A caller who asks for one thing after the other asks again within microseconds.
    if (intake_.isEmpty()) intake_.await(answers_.hasAnswered() && lastRunUs_ <= kShortRunUs);
  }
  finished_ = true;
}

void RingWorker::runGroup(std::vector<ClaimedRequest>& group, double outputMask) {
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
    const size_t size = options_.servedSize(group.size() - first);
    if (!tryRun(group, first, size, wanted)) {
      // One of them may have spoilt the run for all: by themselves, only that one fails.
      for (size_t index = first; index < first + size; index++) {
        if (size == 1 || !tryRun(group, index, 1, wanted)) answers_.setStatus(group[index].slot, kAgain);
      }
    }
    for (size_t index = first; index < first + size; index++) answers_.finish(group[index]);
    first += size;
  }
  const std::lock_guard<std::mutex> lock(underWayMutex_);
  underWay_ = nullptr;
}

bool RingWorker::everyoneLeft(const std::vector<ClaimedRequest>& group, size_t first, size_t count) {
  const std::lock_guard<std::mutex> lock(underWayMutex_);
  return std::all_of(group.begin() + first, group.begin() + first + count,
                     [](const ClaimedRequest& request) { return request.hasLeft; });
}

/** One run. False if it failed, or gave something else than what is declared; then nothing is answered. */
bool RingWorker::tryRun(std::vector<ClaimedRequest>& group, size_t first, size_t count, const std::vector<size_t>& wanted) {
  const double startedAtUs = monotonicUs();
  for (size_t index = first; index < first + count; index++) {
    double* answered = slots_.answer(group[index].slot);
    answered[kBatchSize] = static_cast<double>(count);
    __atomic_store(&answered[kStartedAtUs], &startedAtUs, __ATOMIC_RELEASE);
  }
  if (everyoneLeft(group, first, count)) {
    for (size_t index = first; index < first + count; index++) answers_.setStatus(group[index].slot, kTerminated);
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
    const std::vector<InputTensor>& firstInputs = group[first].inputs;
    for (size_t index = 0; index < firstInputs.size(); index++) {
      const InputTensor& tensor = firstInputs[index];
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
    if (count == 1) answers_.place(group[first], wanted, outputs.list, placed);
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
  if (!isDone) answers_.giveBack(placed);
  if (!isDone && isTerminated) {
    for (size_t index = first; index < first + count; index++) answers_.setStatus(group[index].slot, kTerminated);
    return true;
  }
  if (!isDone) return false;
  for (size_t index = first; index < first + count; index++) slots_.answer(group[index].slot)[kInferenceUs] = inferenceUs;
  bool isWritten = false;
  try {
    isWritten = answers_.write(group, first, count, wanted, outputs.list, placed);
  } catch (const std::exception&) {
    // Answered in the ordinary way, which says what is wrong.
  }
  if (!isWritten) answers_.giveBack(placed);
  return isWritten;
}

void RingWorker::leave(size_t slot, uint32_t generation) {
  const std::lock_guard<std::mutex> lock(underWayMutex_);
  if (underWay_ == nullptr) return;
  for (ClaimedRequest& request : *underWay_) {
    if (request.slot == slot && request.state >> 2 == generation) request.hasLeft = true;
  }
  if (runOptions_ == nullptr || isTerminated_) return;
  const auto begin = underWay_->begin() + static_cast<std::ptrdiff_t>(underWayFirst_);
  const auto end = begin + static_cast<std::ptrdiff_t>(underWayCount_);
  if (!std::all_of(begin, end, [](const ClaimedRequest& request) { return request.hasLeft; })) return;
  isTerminated_ = true;
  runtime_.terminate(runOptions_);
}

}  // namespace deephealth

#endif
