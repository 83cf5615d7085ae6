#include "engine-run.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

namespace deephealth {

namespace {

// The widest vectors of a processor; what onnxruntime allocates by itself is aligned like this.
constexpr size_t kAlignment = 64;
// What an element of any type needs at least.
constexpr size_t kElementAlignment = 8;

double monotonicUs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::micro>(now).count();
}

struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};

}  // namespace

EngineRun::EngineRun(const OnnxRuntime& runtime, std::vector<RunInput> inputs, std::vector<std::string> outputNames,
                     double deadlineMs)
    : runtime_(runtime),
      inputs_(std::move(inputs)),
      outputNames_(std::move(outputNames)),
      deadlineMs_(deadlineMs),
      options_(runtime.createRunOptions()) {}

EngineRun::~EngineRun() {
  for (OrtValue* value : outputs_) {
    if (value != nullptr) runtime_.release(value);
  }
  runtime_.release(options_);
}

bool EngineRun::revoke() {
  int expected = static_cast<int>(RunState::kWaiting);
  return state_.compare_exchange_strong(expected, static_cast<int>(RunState::kRevoked));
}

void EngineRun::terminate() {
  terminated_ = true;
  runtime_.terminate(options_);
}

void EngineRun::execute(OrtSession* session) {
  int expected = static_cast<int>(RunState::kWaiting);
  if (!state_.compare_exchange_strong(expected, static_cast<int>(RunState::kBegun))) return;
  if (deadlineMs_ * 1000 <= monotonicUs()) {
    expired_ = true;
    error_ = "the deadline had passed";
    return;
  }
  startedAtUs_ = monotonicUs();
  try {
    run(session);
  } catch (const std::exception& thrown) {
    error_ = thrown.what();
    if (error_.empty()) error_ = "the run failed";
  }
  durationUs_ = monotonicUs() - startedAtUs_;
}

void EngineRun::run(OrtSession* session) {
  std::vector<std::unique_ptr<void, FreeMemory>> aligned;
  std::vector<OrtValue*> values;
  struct ReleaseValues {
    const OnnxRuntime& runtime;
    std::vector<OrtValue*>& values;
    ~ReleaseValues() {
      for (OrtValue* value : values) runtime.release(value);
    }
  } releaseValues{runtime_, values};
  std::vector<const char*> names;
  for (const RunInput& input : inputs_) {
    void* data = const_cast<void*>(input.data);
    if (reinterpret_cast<uintptr_t>(data) % kElementAlignment != 0 && input.bytes > 0) {
      const size_t rounded = (input.bytes + kAlignment - 1) / kAlignment * kAlignment;
      aligned.emplace_back(std::aligned_alloc(kAlignment, rounded));
      if (aligned.back() == nullptr) throw std::bad_alloc();
      std::memcpy(aligned.back().get(), data, input.bytes);
      data = aligned.back().get();
    }
    values.push_back(runtime_.createTensor(data, input.bytes, input.shape.data(), input.shape.size(), input.type));
    names.push_back(input.name.c_str());
  }
  std::vector<const char*> outputNames;
  for (const std::string& name : outputNames_) outputNames.push_back(name.c_str());
  outputs_.assign(outputNames.size(), nullptr);
  runtime_.run(session, options_, names.data(), values.data(), values.size(), outputNames.data(), outputNames.size(),
               outputs_.data());
}

}  // namespace deephealth
