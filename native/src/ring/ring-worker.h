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
#include "answer-arena.h"
#include "ring-layout.h"
#include "tensor-check.h"

namespace deephealth {

struct RingOptions {
  const uint8_t* requests;
  size_t requestBytes;
  uint8_t* answers;
  size_t answerBytes;
  std::vector<DeclaredTensor> inputs;
  std::vector<DeclaredTensor> outputs;
  /** Sizes in which requests may share a run, ascending; the first is 1. */
  std::vector<size_t> sizes;
  /** The first extent of every tensor is open: the batch. */
  bool isBatched;
  /** Socket whose other end the server listens to; a byte says that answers have come. */
  int bell;
};

class RingWorker {
 public:
  RingWorker(const OnnxRuntime& runtime, OrtSession* session, RunTurn& turn, RingOptions options);
  ~RingWorker();
  RingWorker(const RingWorker&) = delete;
  RingWorker& operator=(const RingWorker&) = delete;

  /** The caller of a request that runs has left; the run is stopped when all of its callers have. */
  void leave(size_t slot, uint32_t generation);

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
  struct Tensor {
    size_t declared;
    std::vector<int64_t> shape;
    const uint8_t* data;
    size_t bytes;
  };
  struct Member {
    size_t slot;
    uint32_t state;
    std::vector<Tensor> inputs;
    bool hasLeft;
  };
  void work();
  void collect();
  void awaitRequests();
  bool arrivesSoon(const uint32_t* submitted, uint32_t seen) const;
  /** The most urgent request with as many like it as a proven size allows, claimed. Empty if none waits. */
  std::vector<Member> claimGroup();
  bool claim(const Waiting& waiting, std::vector<Member>& group);
  bool readInputs(size_t slot, std::vector<Tensor>& inputs) const;
  void runGroup(std::vector<Member>& group, double outputMask);
  bool tryRun(std::vector<Member>& group, size_t first, size_t count, const std::vector<size_t>& wanted);
  bool writeOutputs(const std::vector<Member>& group, size_t first, size_t count, const std::vector<size_t>& wanted,
                    const std::vector<OrtValue*>& values, const std::vector<size_t>& placed);
  void placeOutputs(const Member& member, const std::vector<size_t>& wanted, std::vector<OrtValue*>& values,
                    std::vector<size_t>& placed);
  void giveBack(const std::vector<size_t>& placed);
  void answer(size_t slot, AnswerStatus status);
  void finish(const Member& member);
  bool mayTellLater(size_t answered);
  void tell();
  bool everyoneLeft(const std::vector<Member>& group, size_t first, size_t count);

  uint32_t* state(size_t slot) const;
  const double* request(size_t slot) const;
  double* answerOf(size_t slot) const;
  uint32_t* answerWord(size_t byteOffset) const;

  const OnnxRuntime& runtime_;
  OrtSession* session_;
  RunTurn& turn_;
  RingOptions options_;
  AnswerArena arena_;
  std::vector<Waiting> waiting_;
  std::vector<uint32_t> known_;
  /** Joined rows of each input; kept from run to run. */
  std::vector<std::vector<uint64_t>> joined_;
  bool mustTell_ = false;
  size_t untold_ = 0;
  bool hasAnswered_ = false;
  double lastRunUs_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> finished_{false};
  /** Of the group under way, those from `first` on, `count` of them, are in one run. */
  std::mutex underWayMutex_;
  std::vector<Member>* underWay_ = nullptr;
  size_t underWayFirst_ = 0;
  size_t underWayCount_ = 0;
  OrtRunOptions* runOptions_ = nullptr;
  bool isTerminated_ = false;
  std::thread thread_;
};

}  // namespace deephealth

#endif
