#include "onnx-runtime.h"

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

namespace deephealth {

namespace {

constexpr uint32_t kTableVersion = 13;

struct ApiBase {
  const void* (*getApi)(uint32_t version);
  const char* (*getVersionString)();
};

// Positions in the table of functions.
enum : size_t {
  kGetErrorMessage = 2,
  kCreateEnv = 3,
  kCreateSessionFromArray = 8,
  kRun = 9,
  kCreateSessionOptions = 10,
  kSetSessionExecutionMode = 13,
  kSetSessionLogSeverityLevel = 22,
  kSetSessionGraphOptimizationLevel = 23,
  kSetIntraOpNumThreads = 24,
  kSetInterOpNumThreads = 25,
  kCreateRunOptions = 39,
  kRunOptionsSetTerminate = 46,
  kCreateTensorWithData = 49,
  kGetTensorMutableData = 51,
  kGetTensorElementType = 60,
  kGetDimensionsCount = 61,
  kGetDimensions = 62,
  kGetTensorTypeAndShape = 65,
  kCreateCpuMemoryInfo = 69,
  kReleaseStatus = 93,
  kReleaseSession = 95,
  kReleaseValue = 96,
  kReleaseRunOptions = 97,
  kReleaseTypeAndShape = 99,
  kReleaseSessionOptions = 100,
  kAddSessionConfigEntry = 130,
};

constexpr int kLogErrorsOnly = 3;
constexpr int kLogFatalOnly = 4;
constexpr int kSequential = 0;
constexpr int kOptimizeAll = 99;
constexpr int kArenaAllocator = 1;
constexpr int kDefaultMemory = 0;

}  // namespace

const OnnxRuntime& OnnxRuntime::open(const std::string& path) {
  static std::mutex mutex;
  // Never destroyed: threads may still be in the library when static objects go.
  static auto* opened = new std::map<std::string, std::unique_ptr<OnnxRuntime>>();
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = opened->find(path);
  if (found != opened->end()) return *found->second;

  // Latched when the library initialises.
  const char* telemetry = std::getenv("ORT_DISABLE_TELEMETRY");
  if (telemetry == nullptr || std::strcmp(telemetry, "1") != 0) {
    throw OrtError("ONNX Runtime was about to load with its telemetry on");
  }
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw OrtError(dlerror());
  auto* entry = reinterpret_cast<const ApiBase* (*)()>(dlsym(library, "OrtGetApiBase"));
  if (entry == nullptr) throw OrtError("the library has no entry OrtGetApiBase");
  const ApiBase* base = entry();
  std::unique_ptr<OnnxRuntime> runtime(new OnnxRuntime());
  runtime->table_ = static_cast<void* const*>(base->getApi(kTableVersion));
  if (runtime->table_ == nullptr) throw OrtError("the library does not have this table of functions");
  runtime->version_ = base->getVersionString();
  runtime->check(runtime->at<OrtStatus* (*)(int, const char*, OrtEnv**)>(kCreateEnv)(kLogErrorsOnly, "deephealth",
                                                                                     &runtime->env_));
  runtime->check(
      runtime->at<OrtStatus* (*)(int, int, OrtMemoryInfo**)>(kCreateCpuMemoryInfo)(kArenaAllocator, kDefaultMemory,
                                                                                  &runtime->memory_));
  return *opened->emplace(path, std::move(runtime)).first->second;
}

void OnnxRuntime::check(OrtStatus* status) const {
  if (status == nullptr) return;
  const std::string message = at<const char* (*)(const OrtStatus*)>(kGetErrorMessage)(status);
  at<void (*)(OrtStatus*)>(kReleaseStatus)(status);
  throw OrtError(message);
}

OrtSession* OnnxRuntime::createSession(const void* model, size_t bytes, int intraOpThreads) const {
  OrtSessionOptions* created = nullptr;
  check(at<OrtStatus* (*)(OrtSessionOptions**)>(kCreateSessionOptions)(&created));
  const auto free = at<void (*)(OrtSessionOptions*)>(kReleaseSessionOptions);
  const std::unique_ptr<OrtSessionOptions, void (*)(OrtSessionOptions*)> options(created, free);
  using SetInt = OrtStatus* (*)(OrtSessionOptions*, int);
  using SetText = OrtStatus* (*)(OrtSessionOptions*, const char*, const char*);
  // The same options as with onnxruntime-node, so that both give the same bits.
  check(at<SetInt>(kSetSessionExecutionMode)(created, kSequential));
  check(at<SetInt>(kSetSessionGraphOptimizationLevel)(created, kOptimizeAll));
  check(at<SetInt>(kSetIntraOpNumThreads)(created, intraOpThreads));
  check(at<SetInt>(kSetInterOpNumThreads)(created, 1));
  // Messages of the engine hold names of nodes and files.
  check(at<SetInt>(kSetSessionLogSeverityLevel)(created, kLogFatalOnly));
  // Threads that spin between runs take the cores from everything else.
  check(at<SetText>(kAddSessionConfigEntry)(created, "session.intra_op.allow_spinning", "0"));
  check(at<SetText>(kAddSessionConfigEntry)(created, "session.inter_op.allow_spinning", "0"));
  OrtSession* session = nullptr;
  check(at<OrtStatus* (*)(const OrtEnv*, const void*, size_t, const OrtSessionOptions*, OrtSession**)>(
      kCreateSessionFromArray)(env_, model, bytes, created, &session));
  return session;
}

OrtRunOptions* OnnxRuntime::createRunOptions() const {
  OrtRunOptions* options = nullptr;
  check(at<OrtStatus* (*)(OrtRunOptions**)>(kCreateRunOptions)(&options));
  return options;
}

OrtValue* OnnxRuntime::createTensor(void* data, size_t bytes, const int64_t* shape, size_t rank, int type) const {
  OrtValue* value = nullptr;
  check(at<OrtStatus* (*)(const OrtMemoryInfo*, void*, size_t, const int64_t*, size_t, int, OrtValue**)>(
      kCreateTensorWithData)(memory_, data, bytes, shape, rank, type, &value));
  return value;
}

void OnnxRuntime::run(OrtSession* session, const OrtRunOptions* options, const char* const* inputNames,
                      const OrtValue* const* inputs, size_t inputCount, const char* const* outputNames,
                      size_t outputCount, OrtValue** outputs) const {
  check(at<OrtStatus* (*)(OrtSession*, const OrtRunOptions*, const char* const*, const OrtValue* const*, size_t,
                          const char* const*, size_t, OrtValue**)>(kRun)(session, options, inputNames, inputs,
                                                                        inputCount, outputNames, outputCount, outputs));
}

void OnnxRuntime::terminate(OrtRunOptions* options) const {
  check(at<OrtStatus* (*)(OrtRunOptions*)>(kRunOptionsSetTerminate)(options));
}

OnnxRuntime::TensorView OnnxRuntime::view(OrtValue* value) const {
  OrtTensorTypeAndShapeInfo* described = nullptr;
  check(at<OrtStatus* (*)(const OrtValue*, OrtTensorTypeAndShapeInfo**)>(kGetTensorTypeAndShape)(value, &described));
  const auto free = at<void (*)(OrtTensorTypeAndShapeInfo*)>(kReleaseTypeAndShape);
  const std::unique_ptr<OrtTensorTypeAndShapeInfo, void (*)(OrtTensorTypeAndShapeInfo*)> info(described, free);
  TensorView view{};
  check(at<OrtStatus* (*)(const OrtTensorTypeAndShapeInfo*, int*)>(kGetTensorElementType)(described, &view.type));
  size_t rank = 0;
  check(at<OrtStatus* (*)(const OrtTensorTypeAndShapeInfo*, size_t*)>(kGetDimensionsCount)(described, &rank));
  view.shape.resize(rank);
  check(at<OrtStatus* (*)(const OrtTensorTypeAndShapeInfo*, int64_t*, size_t)>(kGetDimensions)(
      described, view.shape.data(), rank));
  void* data = nullptr;
  check(at<OrtStatus* (*)(OrtValue*, void**)>(kGetTensorMutableData)(value, &data));
  view.data = data;
  return view;
}

void OnnxRuntime::release(OrtSession* session) const { at<void (*)(OrtSession*)>(kReleaseSession)(session); }
void OnnxRuntime::release(OrtRunOptions* options) const { at<void (*)(OrtRunOptions*)>(kReleaseRunOptions)(options); }
void OnnxRuntime::release(OrtValue* value) const { at<void (*)(OrtValue*)>(kReleaseValue)(value); }

}  // namespace deephealth
