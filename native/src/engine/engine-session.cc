#include "engine-session.h"

#include <limits>
#include <string>
#include <utility>

#include "../arguments.h"
#include "../ring/ring-options.h"

namespace deephealth {

namespace {

constexpr int kStringElements = 8;
constexpr int kLargestElementType = 16;

size_t elementCount(Napi::Env env, const std::vector<int64_t>& shape) {
  size_t count = 1;
  for (const int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(count, static_cast<size_t>(extent), &count)) {
      throw Napi::RangeError::New(env, "an extent is negative or too large");
    }
  }
  return count;
}

std::string text(const Napi::Value& value, const char* name) {
  if (!value.IsString()) throw Napi::TypeError::New(value.Env(), std::string(name) + " needs a text");
  return value.As<Napi::String>().Utf8Value();
}

/** [name, element type, extents, bytes] */
RunInput readInput(const Napi::Value& value) {
  const Napi::Env env = value.Env();
  if (!value.IsArray() || value.As<Napi::Array>().Length() != 4) {
    throw Napi::TypeError::New(env, "an input is [name, element type, extents, bytes]");
  }
  const auto fields = value.As<Napi::Array>();
  RunInput input{};
  input.name = text(fields.Get(0u), "the name of an input");
  const Napi::Value type = fields.Get(1u);
  input.type = type.IsNumber() ? type.As<Napi::Number>().Int32Value() : 0;
  if (input.type < 1 || input.type > kLargestElementType || elementBytesOf(input.type) == 0) {
    throw Napi::RangeError::New(env, "the engine does not carry this element type");
  }
  const Napi::Value extents = fields.Get(2u);
  if (!extents.IsArray()) throw Napi::TypeError::New(env, "the extents of an input need an array");
  const auto list = extents.As<Napi::Array>();
  for (uint32_t axis = 0; axis < list.Length(); axis++) {
    const Napi::Value extent = list.Get(axis);
    if (!extent.IsNumber()) throw Napi::TypeError::New(env, "an extent needs a number");
    input.shape.push_back(extent.As<Napi::Number>().Int64Value());
  }
  napi_typedarray_type elements{};
  size_t length = 0;
  void* data = nullptr;
  const Napi::Value bytes = fields.Get(3u);
  bool isTypedArray = false;
  napi_is_typedarray(env, bytes, &isTypedArray);
  if (!isTypedArray || napi_get_typedarray_info(env, bytes, &elements, &length, &data, nullptr, nullptr) != napi_ok ||
      elements != napi_uint8_array) {
    throw Napi::TypeError::New(env, "the bytes of an input need a Uint8Array");
  }
  const size_t count = elementCount(env, input.shape);
  if (count > std::numeric_limits<size_t>::max() / 8 || length != count * elementBytesOf(input.type)) {
    throw Napi::RangeError::New(env, "the bytes of an input are not as many as its extents say");
  }
  input.data = data;
  input.bytes = length;
  return input;
}

}  // namespace

Napi::Function EngineSession::define(Napi::Env env) {
  return DefineClass(env, "EngineSession",
                     {InstanceMethod("run", &EngineSession::run), InstanceMethod("runNow", &EngineSession::runNow),
                      InstanceMethod("revoke", &EngineSession::revoke),
                      InstanceMethod("terminate", &EngineSession::terminate),
                      InstanceMethod("close", &EngineSession::close),
#if defined(__linux__)
                      InstanceMethod("serveRing", &EngineSession::serveRing),
                      InstanceMethod("leaveRing", &EngineSession::leaveRing),
#endif
                      InstanceMethod("version", &EngineSession::version)});
}

EngineSession::EngineSession(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<EngineSession>(info), env_(info.Env()) {
  const Napi::Env env = info.Env();
  const std::string library = text(info.Length() > 0 ? info[0] : env.Undefined(), "the library");
  const auto model = typedArray<const uint8_t>(info, 1, "the model");
  const int threads = static_cast<int>(integer(info, 2, "intraOpThreads", 1, 1024));
  try {
    runtime_ = &OnnxRuntime::open(library);
    session_ = runtime_->createSession(model.data, model.length, threads);
  } catch (const std::exception& thrown) {
    throw Napi::Error::New(env, thrown.what());
  }
  completion_ = Napi::ThreadSafeFunction::New(env, Napi::Function(), "deephealth.engine", 0, 1);
  // An idle session keeps no process from ending; a run does, until its end has been told.
  completion_.Unref(env);
  napi_add_env_cleanup_hook(env, &EngineSession::onEnvironmentEnd, this);
  hooked_ = true;
  thread_ = std::thread([this] { work(); });
}

EngineSession::~EngineSession() {
  if (hooked_) napi_remove_env_cleanup_hook(env_, &EngineSession::onEnvironmentEnd, this);
  stop();
}

/** A process or worker thread may end in the middle of a run, which is then stopped and waited for. */
void EngineSession::onEnvironmentEnd(void* data) {
  auto* self = static_cast<EngineSession*>(data);
  self->hooked_ = false;
  self->stop();
}

Napi::Value EngineSession::version(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), runtime_->version());
}

#if defined(__linux__)

Napi::Value EngineSession::serveRing(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (closed_ || ring_ != nullptr) throw Napi::Error::New(env, "the session is closed or serves a ring already");
  RingOptions options = readRingOptions(info.Length() > 0 ? info[0] : env.Undefined());
  const auto given = info[0].As<Napi::Object>();
  ringRequests_ = Napi::Persistent(given.Get("requests").As<Napi::Object>());
  ringAnswers_ = Napi::Persistent(given.Get("answers").As<Napi::Object>());
  ring_ = std::make_unique<RingWorker>(*runtime_, session_, turn_, std::move(options));
  return env.Undefined();
}

Napi::Value EngineSession::leaveRing(const Napi::CallbackInfo& info) {
  const auto slot = static_cast<size_t>(integer(info, 0, "slot", 0, kRingSlots - 1));
  const auto generation = static_cast<uint32_t>(integer(info, 1, "generation", 0, 0x3fffffff));
  if (ring_ != nullptr) ring_->leave(slot, generation);
  return info.Env().Undefined();
}

#endif

std::unique_ptr<EngineRun> EngineSession::readRun(const Napi::CallbackInfo& info, size_t first, double deadlineMs) {
  const Napi::Env env = info.Env();
  if (closed_) throw Napi::Error::New(env, "the session is closed");
  if (info.Length() < first + 2 || !info[first].IsArray() || !info[first + 1].IsArray()) {
    throw Napi::TypeError::New(env, "a run needs arrays of inputs and of outputs");
  }
  const auto given = info[first].As<Napi::Array>();
  std::vector<RunInput> inputs;
  for (uint32_t index = 0; index < given.Length(); index++) inputs.push_back(readInput(given.Get(index)));
  const auto wanted = info[first + 1].As<Napi::Array>();
  std::vector<std::string> outputs;
  for (uint32_t index = 0; index < wanted.Length(); index++) {
    outputs.push_back(text(wanted.Get(index), "the name of an output"));
  }
  try {
    return std::make_unique<EngineRun>(*runtime_, std::move(inputs), std::move(outputs), deadlineMs);
  } catch (const std::exception& thrown) {
    throw Napi::Error::New(env, thrown.what());
  }
}

Napi::Value EngineSession::run(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const double id = number(info, 0, "id");
  const double deadlineMs = number(info, 3, "deadlineMs");
  if (info.Length() < 5 || !info[4].IsFunction()) throw Napi::TypeError::New(env, "onEnd needs a function");
  if (known_.count(id) > 0) throw Napi::RangeError::New(env, "this id is in use");
  auto queued = std::make_shared<Queued>();
  queued->id = id;
  queued->run = readRun(info, 1, deadlineMs);
  // Keeps the inputs' memory until the end has been told.
  queued->borrowed = Napi::Persistent(info[1].As<Napi::Object>());
  queued->onEnd = Napi::Persistent(info[4].As<Napi::Function>());
  known_.emplace(id, queued);
  if (known_.size() == 1) {
    completion_.Ref(env);
    // The session stays as long as its runs.
    Ref();
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.push_back(std::move(queued));
  }
  wake_.notify_one();
  return env.Undefined();
}

Napi::Value EngineSession::runNow(const Napi::CallbackInfo& info) {
  const auto run = readRun(info, 0, std::numeric_limits<double>::infinity());
  {
    const std::lock_guard<RunTurn> turn(turn_);
    run->execute(session_);
  }
  return toResult(info.Env(), *run);
}

Napi::Value EngineSession::revoke(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto found = known_.find(number(info, 0, "id"));
  if (found == known_.end() || !found->second->run->revoke()) return Napi::Boolean::New(env, false);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
      if (*at != found->second) continue;
      waiting_.erase(at);
      break;
    }
  }
  // Not yet deleted if the thread has just taken it: it then finds it revoked, and lets go of it.
  found->second->borrowed.Reset();
  found->second->onEnd.Reset();
  known_.erase(found);
  if (known_.empty()) becomeIdle(env);
  return Napi::Boolean::New(env, true);
}

Napi::Value EngineSession::terminate(const Napi::CallbackInfo& info) {
  const auto found = known_.find(number(info, 0, "id"));
  if (found != known_.end()) found->second->run->terminate();
  return Napi::Boolean::New(info.Env(), found != known_.end());
}

Napi::Value EngineSession::close(const Napi::CallbackInfo& info) {
  if (!known_.empty()) throw Napi::Error::New(info.Env(), "the session has runs that have not ended");
  stop();
  return info.Env().Undefined();
}

/** Ends the thread, whatever runs, and gives the session's memory back. Called by JavaScript's thread. */
void EngineSession::stop() {
  if (closed_) return;
  closed_ = true;
#if defined(__linux__)
  ring_.reset();
#endif
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    if (underWay_ != nullptr) underWay_->run->terminate();
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  completion_.Release();
  known_.clear();
  waiting_.clear();
  ended_.clear();
  runtime_->release(session_);
}

void EngineSession::work() {
  for (;;) {
    std::shared_ptr<Queued> next;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
      underWay_ = next;
    }
    {
      const std::lock_guard<RunTurn> turn(turn_);
      next->run->execute(session_);
    }
    bool mustTell = false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      underWay_.reset();
      if (stopping_) return;
      mustTell = ended_.empty();
      ended_.push_back(std::move(next));
    }
    if (mustTell) {
      completion_.NonBlockingCall(this, [](Napi::Env env, Napi::Function, EngineSession* self) { self->deliver(env); });
    }
  }
}

void EngineSession::deliver(Napi::Env env) {
  if (closed_) return;
  std::vector<std::shared_ptr<Queued>> ended;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended.swap(ended_);
  }
  const Napi::HandleScope scope(env);
  for (const auto& queued : ended) {
    const auto found = known_.find(queued->id);
    // One that was taken back is nobody's.
    if (found == known_.end() || found->second != queued) continue;
    known_.erase(found);
    const Napi::Function onEnd = queued->onEnd.Value();
    const Napi::Value result = toResult(env, *queued->run);
    queued->borrowed.Reset();
    queued->onEnd.Reset();
    if (known_.empty()) becomeIdle(env);
    onEnd.Call({result});
    if (closed_) return;
  }
}

void EngineSession::becomeIdle(Napi::Env env) {
  completion_.Unref(env);
  Unref();
}

/**
 * [startedAtUs, durationUs, [[element type, extents, bytes], ...]], or
 * [startedAtUs, durationUs, "terminated" | "expired" | "failed", text of the engine].
 */
Napi::Value EngineSession::toResult(Napi::Env env, const EngineRun& run) {
  Napi::Array result = Napi::Array::New(env);
  result.Set(0u, Napi::Number::New(env, run.startedAtUs()));
  result.Set(1u, Napi::Number::New(env, run.durationUs()));
  if (!run.error().empty()) {
    const char* what = run.isExpired() ? "expired" : run.isTerminated() ? "terminated" : "failed";
    result.Set(2u, Napi::String::New(env, what));
    result.Set(3u, Napi::String::New(env, run.error()));
    return result;
  }
  try {
    Napi::Array outputs = Napi::Array::New(env, run.outputs().size());
    for (uint32_t index = 0; index < run.outputs().size(); index++) {
      const auto view = runtime_->view(run.outputs()[index]);
      if (view.type == kStringElements || elementBytesOf(view.type) == 0) throw OrtError("an output has no plain elements");
      Napi::Array extents = Napi::Array::New(env, view.shape.size());
      for (uint32_t axis = 0; axis < view.shape.size(); axis++) {
        extents.Set(axis, Napi::Number::New(env, static_cast<double>(view.shape[axis])));
      }
      const size_t bytes = elementCount(env, view.shape) * elementBytesOf(view.type);
      Napi::Array output = Napi::Array::New(env, 3);
      output.Set(0u, Napi::Number::New(env, view.type));
      output.Set(1u, extents);
      output.Set(2u, Napi::Buffer<uint8_t>::Copy(env, static_cast<const uint8_t*>(view.data), bytes));
      outputs.Set(index, output);
    }
    result.Set(2u, outputs);
  } catch (const OrtError& thrown) {
    result.Set(2u, Napi::String::New(env, "failed"));
    result.Set(3u, Napi::String::New(env, thrown.what()));
  }
  return result;
}

}  // namespace deephealth
