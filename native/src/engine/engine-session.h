// A graph that is loaded, with a thread of its own that runs it: one run after another, in the order
// in which they came.
#pragma once

#include <napi.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "../ring/ring-worker.h"
#include "engine-run.h"
#include "run-turn.h"

namespace deephealth {

/**
 * JavaScript: new EngineSession(library, model, intraOpThreads)
 *   run(id, inputs, outputs, deadlineMs, onEnd)   queues a run
 *   runNow(inputs, outputs)                        runs in the calling thread
 *   revoke(id), terminate(id), close()
 *   serveRing(options), leaveRing(slot, generation)   on Linux
 */
class EngineSession : public Napi::ObjectWrap<EngineSession> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit EngineSession(const Napi::CallbackInfo& info);
  ~EngineSession() override;

 private:
  /** A run with what JavaScript lent to it; touched by the thread of JavaScript only, but for `run`. */
  struct Queued {
    double id;
    std::unique_ptr<EngineRun> run;
    Napi::ObjectReference borrowed;
    Napi::FunctionReference onEnd;
  };

  Napi::Value run(const Napi::CallbackInfo& info);
  Napi::Value runNow(const Napi::CallbackInfo& info);
  Napi::Value revoke(const Napi::CallbackInfo& info);
  Napi::Value terminate(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
  Napi::Value version(const Napi::CallbackInfo& info);
#if defined(__linux__)
  Napi::Value serveRing(const Napi::CallbackInfo& info);
  Napi::Value leaveRing(const Napi::CallbackInfo& info);
#endif

  std::unique_ptr<EngineRun> readRun(const Napi::CallbackInfo& info, size_t first, double deadlineMs);
  Napi::Value toResult(Napi::Env env, const EngineRun& run);
  void work();
  static void onEnvironmentEnd(void* self);
  void becomeIdle(Napi::Env env);
  void stop();
  void deliver(Napi::Env env);

  const OnnxRuntime* runtime_ = nullptr;
  OrtSession* session_ = nullptr;
  std::unordered_map<double, std::shared_ptr<Queued>> known_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Queued>> waiting_;
  std::vector<std::shared_ptr<Queued>> ended_;
  std::shared_ptr<Queued> underWay_;
  bool stopping_ = false;
  bool closed_ = false;
  bool hooked_ = false;
  /** Who runs next: the thread below, JavaScript's, or the ring's. */
  RunTurn turn_;
  std::thread thread_;
#if defined(__linux__)
  std::unique_ptr<RingWorker> ring_;
  /** The segments, which stay mapped for as long as the ring is served. */
  Napi::ObjectReference ringRequests_;
  Napi::ObjectReference ringAnswers_;
#endif
  Napi::ThreadSafeFunction completion_;
  Napi::Env env_;
};

}  // namespace deephealth
