// One run of a graph: inputs that are borrowed until it has ended, outputs that it owns.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "onnx-runtime.h"

namespace deephealth {

struct RunInput {
  std::string name;
  int type;
  std::vector<int64_t> shape;
  /** Borrowed. */
  const void* data;
  size_t bytes;
};

enum class RunState : int { kWaiting, kBegun, kRevoked };

class EngineRun {
 public:
  EngineRun(const OnnxRuntime& runtime, std::vector<RunInput> inputs, std::vector<std::string> outputNames,
            double deadlineMs);
  ~EngineRun();
  EngineRun(const EngineRun&) = delete;
  EngineRun& operator=(const EngineRun&) = delete;

  /** Takes it back, if it has not begun. */
  bool revoke();
  /** Stops it at the next node of the graph, if it is under way or yet to come. */
  void terminate();
  bool isTerminated() const { return terminated_; }
  /** Runs on the thread of the engine; never throws, see error(). */
  void execute(OrtSession* session);

  /** Empty if it succeeded. */
  const std::string& error() const { return error_; }
  bool isExpired() const { return expired_; }
  const std::vector<OrtValue*>& outputs() const { return outputs_; }
  /** Monotonic clock. */
  double startedAtUs() const { return startedAtUs_; }
  double durationUs() const { return durationUs_; }

 private:
  void run(OrtSession* session);

  const OnnxRuntime& runtime_;
  std::vector<RunInput> inputs_;
  std::vector<std::string> outputNames_;
  /** Milliseconds of the wall clock; infinite for none. */
  double deadlineMs_;
  OrtRunOptions* options_;
  std::atomic<int> state_{static_cast<int>(RunState::kWaiting)};
  std::atomic<bool> terminated_{false};
  std::vector<OrtValue*> outputs_;
  std::string error_;
  bool expired_ = false;
  double startedAtUs_ = 0;
  double durationUs_ = 0;
};

}  // namespace deephealth
