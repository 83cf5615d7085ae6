// From the element type of a typed array to the template of a kernel.
#pragma once

#include <napi.h>

#include <cstdint>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "arguments.h"

namespace deephealth {

/** Calls `work` with a pointer to FP32 or FP64 elements; throws TypeError for others. */
template <typename Work>
void withFloats(Napi::Env env, const char* name, const AnyTypedArray& array, Work work) {
  if (array.type == napi_float32_array) return work(static_cast<float*>(array.data));
  if (array.type == napi_float64_array) return work(static_cast<double*>(array.data));
  throw Napi::TypeError::New(env, std::string(name) + " needs FP32 or FP64 elements");
}

/** Calls `work` with a pointer to elements of any type that fits a double; throws TypeError for others. */
template <typename Work>
void withNumbers(Napi::Env env, const char* name, const AnyTypedArray& array, Work work) {
  switch (array.type) {
    case napi_int8_array:
      return work(static_cast<int8_t*>(array.data));
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      return work(static_cast<uint8_t*>(array.data));
    case napi_int16_array:
      return work(static_cast<int16_t*>(array.data));
    case napi_uint16_array:
      return work(static_cast<uint16_t*>(array.data));
    case napi_int32_array:
      return work(static_cast<int32_t*>(array.data));
    case napi_uint32_array:
      return work(static_cast<uint32_t*>(array.data));
    default:
      return withFloats(env, name, array, work);
  }
}

/** Runs `work`; memory that is not to be had becomes an error of JavaScript. */
template <typename Work>
void guarded(Napi::Env env, Work work) {
  try {
    work();
  } catch (const std::bad_alloc&) {
    throw Napi::Error::New(env, "out of memory");
  } catch (const std::length_error&) {
    throw Napi::Error::New(env, "out of memory");
  }
}

/** A number as an element. JavaScript has checked that it fits; one that does not becomes the nearest. */
template <typename T>
T toElement(double value) {
  if constexpr (std::is_floating_point_v<T>) return static_cast<T>(value);
  using Limits = std::numeric_limits<T>;
  if (!(value > static_cast<double>(Limits::min()))) return Limits::min();
  return value < static_cast<double>(Limits::max()) ? static_cast<T>(value) : Limits::max();
}

/** The number of rows; throws RangeError unless they fill the elements. */
inline size_t wholeRows(Napi::Env env, size_t length, size_t rowLength) {
  if (length % rowLength != 0) throw Napi::RangeError::New(env, "the input is no whole rows");
  return length / rowLength;
}

}  // namespace deephealth
