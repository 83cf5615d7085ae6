// The host's end of the ring: a thread that takes requests from shared memory, runs them, and puts
// the results back. No JavaScript of the host is on the way.
#pragma once

#if defined(__linux__)

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "../engine/onnx-runtime.h"
#include "../engine/run-turn.h"
#include "claimed-request.h"
#include "request-intake.h"
#include "ring-answers.h"
#include "ring-declaration.h"
#include "ring-slots.h"

namespace deephealth {

class RingWorker {
 public:
  RingWorker(const OnnxRuntime& runtime, OrtSession* session, RunTurn& turn, RingOptions options);
  ~RingWorker();
  RingWorker(const RingWorker&) = delete;
  RingWorker& operator=(const RingWorker&) = delete;

  /** The caller of a request that runs has left; the run is stopped when all of its callers have. */
  void leave(size_t slot, uint32_t generation);

 private:
  void work();
  void runGroup(std::vector<ClaimedRequest>& group, double outputMask);
  bool tryRun(std::vector<ClaimedRequest>& group, size_t first, size_t count, const std::vector<size_t>& wanted);
  bool everyoneLeft(const std::vector<ClaimedRequest>& group, size_t first, size_t count);

  const OnnxRuntime& runtime_;
  OrtSession* session_;
  RunTurn& turn_;
  RingOptions options_;
  std::atomic<bool> stopping_{false};
  RingSlots slots_;
  RingAnswers answers_;
  RequestIntake intake_;
  /** Joined rows of each input; kept from run to run. */
  std::vector<std::vector<uint64_t>> joined_;
  double lastRunUs_ = 0;
  std::atomic<bool> finished_{false};
  /** Of the group under way, those from `first` on, `count` of them, are in one run. */
  std::mutex underWayMutex_;
  std::vector<ClaimedRequest>* underWay_ = nullptr;
  size_t underWayFirst_ = 0;
  size_t underWayCount_ = 0;
  OrtRunOptions* runOptions_ = nullptr;
  bool isTerminated_ = false;
  std::thread thread_;
};

}  // namespace deephealth

#endif
