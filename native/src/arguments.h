// Arguments of the addon's functions, checked. JavaScript checks what callers see; these checks keep
// memory safe whatever is passed, and throw TypeError or RangeError.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>

namespace deephealth {

/** Elements that somebody else owns. Valid during the call that it was passed to. */
template <typename T>
struct Span {
  T* data;
  size_t length;
};

template <typename T>
constexpr napi_typedarray_type typedArrayType() {
  using Element = std::remove_const_t<T>;
  if constexpr (std::is_same_v<Element, int8_t>) return napi_int8_array;
  if constexpr (std::is_same_v<Element, uint8_t>) return napi_uint8_array;
  if constexpr (std::is_same_v<Element, int16_t>) return napi_int16_array;
  if constexpr (std::is_same_v<Element, uint16_t>) return napi_uint16_array;
  if constexpr (std::is_same_v<Element, int32_t>) return napi_int32_array;
  if constexpr (std::is_same_v<Element, uint32_t>) return napi_uint32_array;
  if constexpr (std::is_same_v<Element, float>) return napi_float32_array;
  if constexpr (std::is_same_v<Element, double>) return napi_float64_array;
}

struct AnyTypedArray {
  napi_typedarray_type type;
  void* data;
  size_t length;
};

/** 0 for element types that no kernel takes. */
inline size_t elementBytes(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      return 1;
    case napi_int16_array:
    case napi_uint16_array:
      return 2;
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array:
      return 4;
    case napi_float64_array:
    case napi_bigint64_array:
    case napi_biguint64_array:
      return 8;
    default:
      return 0;
  }
}

/** A typed array of whatever element type. */
inline AnyTypedArray anyTypedArray(const Napi::CallbackInfo& info, size_t index, const char* name) {
  const Napi::Env env = info.Env();
  bool isTypedArray = false;
  if (index < info.Length()) napi_is_typedarray(env, info[index], &isTypedArray);
  if (!isTypedArray) throw Napi::TypeError::New(env, std::string(name) + " needs a typed array");
  AnyTypedArray found{};
  // Unlike Napi::TypedArray, this also takes arrays over a SharedArrayBuffer.
  const napi_status status = napi_get_typedarray_info(env, info[index], &found.type, &found.length, &found.data,
                                                      nullptr, nullptr);
  if (status != napi_ok) throw Napi::TypeError::New(env, std::string(name) + " is no readable typed array");
  if (found.data == nullptr) found.length = 0;
  return found;
}

/** A typed array of elements of type T (const T for an input). */
template <typename T>
Span<T> typedArray(const Napi::CallbackInfo& info, size_t index, const char* name) {
  const AnyTypedArray found = anyTypedArray(info, index, name);
  const bool isClamped = std::is_same_v<std::remove_const_t<T>, uint8_t> && found.type == napi_uint8_clamped_array;
  if (found.type != typedArrayType<T>() && !isClamped) {
    throw Napi::TypeError::New(info.Env(), std::string(name) + " has another element type");
  }
  return {static_cast<T*>(found.data), found.length};
}

inline double number(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (index >= info.Length() || !info[index].IsNumber()) {
    throw Napi::TypeError::New(info.Env(), std::string(name) + " needs a number");
  }
  return info[index].As<Napi::Number>().DoubleValue();
}

/** An integer within [minimum, maximum]; both within what a double holds exactly. */
inline int64_t integer(const Napi::CallbackInfo& info, size_t index, const char* name, int64_t minimum,
                       int64_t maximum) {
  const double value = number(info, index, name);
  if (!(value >= static_cast<double>(minimum) && value <= static_cast<double>(maximum)) ||
      value != std::floor(value)) {
    throw Napi::RangeError::New(info.Env(), std::string(name) + " is outside its range");
  }
  return static_cast<int64_t>(value);
}

inline bool boolean(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (index >= info.Length() || !info[index].IsBoolean()) {
    throw Napi::TypeError::New(info.Env(), std::string(name) + " needs true or false");
  }
  return info[index].As<Napi::Boolean>().Value();
}

/** Throws RangeError unless a span has the length that a kernel reads or writes. */
inline void requireLength(Napi::Env env, const char* name, size_t actual, size_t expected) {
  if (actual == expected) return;
  throw Napi::RangeError::New(env, std::string(name) + " needs " + std::to_string(expected) + " elements, got " +
                                       std::to_string(actual));
}

/** Bytes of a typed array. */
struct Region {
  const void* data;
  size_t bytes;

  template <typename T>
  Region(const Span<T>& span) : data(span.data), bytes(span.length * sizeof(T)) {}  // NOLINT: meant to convert
  Region(const AnyTypedArray& array)  // NOLINT: meant to convert
      : data(array.data), bytes(array.length * elementBytes(array.type)) {}

  bool overlaps(const Region& other) const {
    const auto begin = reinterpret_cast<uintptr_t>(data), otherBegin = reinterpret_cast<uintptr_t>(other.data);
    return bytes > 0 && other.bytes > 0 && begin < otherBegin + other.bytes && otherBegin < begin + bytes;
  }
};

/** Throws RangeError where what a kernel writes shares memory with something else of the call. */
inline void requireApart(Napi::Env env, const char* name, const Region& written, std::initializer_list<Region> others) {
  for (const Region& other : others) {
    if (written.overlaps(other)) throw Napi::RangeError::New(env, std::string(name) + " overlaps another argument");
  }
}

/** For kernels that may write over their input: throws RangeError unless the output is just that, or apart. */
inline void requireSameOrApart(Napi::Env env, const AnyTypedArray& input, const AnyTypedArray& output) {
  if (output.data == input.data && output.type == input.type && output.length == input.length) return;
  requireApart(env, "the output", output, {input});
}

/** The product of extents; throws RangeError where it passes 2^53, which no typed array reaches. */
inline size_t product(Napi::Env env, std::initializer_list<int64_t> extents) {
  uint64_t total = 1;
  for (const int64_t extent : extents) {
    if (__builtin_mul_overflow(total, static_cast<uint64_t>(extent), &total) || total > (uint64_t{1} << 53)) {
      throw Napi::RangeError::New(env, "the extents are too large");
    }
  }
  return static_cast<size_t>(total);
}

}  // namespace deephealth
