#include "ring-options.h"

#if defined(__linux__)

#include <string>
#include <utility>

#include "ring-layout.h"

namespace deephealth {

namespace {

constexpr int kLargestElementType = 16;
constexpr int64_t kLargestExtent = int64_t{1} << 40;
constexpr int64_t kLargestRun = 1024;

Napi::Array list(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), std::string(name) + " needs an array");
  return value.As<Napi::Array>();
}

double number(const Napi::Value& value, const char* name) {
  if (!value.IsNumber()) throw Napi::TypeError::New(value.Env(), std::string(name) + " needs a number");
  return value.As<Napi::Number>().DoubleValue();
}

int64_t integer(const Napi::Value& value, const char* name, int64_t lowest, int64_t highest) {
  const double given = number(value, name);
  if (!(given >= static_cast<double>(lowest) && given <= static_cast<double>(highest))) {
    throw Napi::RangeError::New(value.Env(), std::string(name) + " is outside its range");
  }
  return static_cast<int64_t>(given);
}

DeclaredTensor readTensor(const Napi::Value& value, int64_t minExtent) {
  const Napi::Env env = value.Env();
  const Napi::Array fields = list(value, "a tensor");
  if (fields.Length() != 7) throw Napi::TypeError::New(env, "a tensor needs seven fields");
  DeclaredTensor tensor{};
  const Napi::Value name = fields.Get(0u);
  if (!name.IsString()) throw Napi::TypeError::New(env, "the name of a tensor needs a text");
  tensor.name = name.As<Napi::String>().Utf8Value();
  tensor.elementType = static_cast<int>(integer(fields.Get(1u), "an element type", 1, kLargestElementType));
  tensor.elementBytes = elementBytesOf(tensor.elementType);
  if (tensor.elementBytes == 0) throw Napi::RangeError::New(env, "a ring does not carry this element type");
  const Napi::Array extents = list(fields.Get(2u), "extents");
  if (extents.Length() > kMaxRank) throw Napi::RangeError::New(env, "a tensor has too many axes");
  for (uint32_t axis = 0; axis < extents.Length(); axis++) {
    tensor.shape.push_back(integer(extents.Get(axis), "an extent", -1, kLargestExtent));
  }
  tensor.minExtent = minExtent;
  tensor.maxExtent = integer(fields.Get(3u), "the largest extent", 0, kLargestExtent);
  const Napi::Value finite = fields.Get(4u);
  if (!finite.IsBoolean()) throw Napi::TypeError::New(env, "whether values are finite needs true or false");
  tensor.mustBeFinite = finite.As<Napi::Boolean>().Value();
  tensor.lowest = number(fields.Get(5u), "a bound");
  tensor.highest = number(fields.Get(6u), "a bound");
  return tensor;
}

std::vector<DeclaredTensor> readTensors(const Napi::Value& value, const char* name, int64_t minExtent) {
  const Napi::Array given = list(value, name);
  if (given.Length() == 0 || given.Length() > kMaxTensors) {
    throw Napi::RangeError::New(value.Env(), std::string(name) + " are too many or none");
  }
  std::vector<DeclaredTensor> tensors;
  for (uint32_t index = 0; index < given.Length(); index++) tensors.push_back(readTensor(given.Get(index), minExtent));
  return tensors;
}

uint8_t* readMemory(const Napi::Value& value, const char* name, size_t atLeast, size_t& bytes) {
  const Napi::Env env = value.Env();
  napi_typedarray_type type{};
  void* data = nullptr;
  bool isTypedArray = false;
  napi_is_typedarray(env, value, &isTypedArray);
  if (!isTypedArray || napi_get_typedarray_info(env, value, &type, &bytes, &data, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array) {
    throw Napi::TypeError::New(env, std::string(name) + " needs a Uint8Array");
  }
  if (bytes < atLeast || reinterpret_cast<uintptr_t>(data) % kCacheLine != 0) {
    throw Napi::RangeError::New(env, std::string(name) + " is no segment for a ring");
  }
  return static_cast<uint8_t*>(data);
}

}  // namespace

RingOptions readRingOptions(const Napi::Value& value) {
  const Napi::Env env = value.Env();
  if (!value.IsObject()) throw Napi::TypeError::New(env, "a ring needs options");
  const auto given = value.As<Napi::Object>();
  RingOptions options{};
  options.requests = readMemory(given.Get("requests"), "requests", kRequestRingBytes, options.requestBytes);
  options.answers = readMemory(given.Get("answers"), "answers", kAnswerRingBytes, options.answerBytes);
  options.inputs = readTensors(given.Get("inputs"), "inputs", 1);
  options.outputs = readTensors(given.Get("outputs"), "outputs", 0);
  const Napi::Array sizes = list(given.Get("sizes"), "sizes");
  for (uint32_t index = 0; index < sizes.Length(); index++) {
    const auto size = static_cast<size_t>(integer(sizes.Get(index), "a size", 1, kLargestRun));
    if (options.sizes.empty() ? size != 1 : size <= options.sizes.back()) {
      throw Napi::RangeError::New(env, "sizes begin with 1 and rise");
    }
    options.sizes.push_back(size);
  }
  if (options.sizes.empty()) throw Napi::RangeError::New(env, "sizes are none");
  options.isBatched = true;
  for (const auto* tensors : {&options.inputs, &options.outputs}) {
    for (const DeclaredTensor& tensor : *tensors) {
      options.isBatched = options.isBatched && !tensor.shape.empty() && tensor.shape[0] == -1;
    }
  }
  options.bell = static_cast<int>(integer(given.Get("bell"), "bell", 0, 1 << 20));
  return options;
}

}  // namespace deephealth

#endif
