// ONNX Runtime through its C entry point: our own minimal view of the table of functions that
// OrtGetApiBase()->GetApi(13) returns. The table is only ever appended to, so positions hold for
// every later version of the library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace deephealth {

struct OrtEnv;
struct OrtSession;
struct OrtSessionOptions;
struct OrtRunOptions;
struct OrtValue;
struct OrtStatus;
struct OrtMemoryInfo;
struct OrtTensorTypeAndShapeInfo;

/** What ONNX Runtime says of a call that failed. Its text may name nodes and files. */
class OrtError : public std::runtime_error {
 public:
  explicit OrtError(const std::string& message) : std::runtime_error(message) {}
};

/** The library that onnxruntime-node ships, opened once in a process and never closed. */
class OnnxRuntime {
 public:
  /** Throws OrtError if the library does not open, lacks the entry, or might send telemetry. */
  static const OnnxRuntime& open(const std::string& path);

  const std::string& version() const { return version_; }
  OrtEnv* env() const { return env_; }
  const OrtMemoryInfo* memory() const { return memory_; }

  OrtSession* createSession(const void* model, size_t bytes, int intraOpThreads) const;
  OrtRunOptions* createRunOptions() const;
  OrtValue* createTensor(void* data, size_t bytes, const int64_t* shape, size_t rank, int type) const;
  void run(OrtSession* session, const OrtRunOptions* options, const char* const* inputNames,
           const OrtValue* const* inputs, size_t inputCount, const char* const* outputNames, size_t outputCount,
           OrtValue** outputs) const;
  /** May be called from any thread, while a run with these options is under way or not. */
  void terminate(OrtRunOptions* options) const;

  struct TensorView {
    int type;
    std::vector<int64_t> shape;
    const void* data;
  };
  /** The data belongs to the value. */
  TensorView view(OrtValue* value) const;

  void release(OrtSession* session) const;
  void release(OrtRunOptions* options) const;
  void release(OrtValue* value) const;

 private:
  OnnxRuntime() = default;
  template <typename Function>
  Function at(size_t index) const {
    return reinterpret_cast<Function>(table_[index]);
  }
  void check(OrtStatus* status) const;

  void* const* table_ = nullptr;
  OrtEnv* env_ = nullptr;
  OrtMemoryInfo* memory_ = nullptr;
  std::string version_;
};

}  // namespace deephealth
