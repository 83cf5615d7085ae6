// The image kernels as the addon exports them, and what they share.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>

#include "../arguments.h"
#include "../simd.h"

namespace deephealth {

/** No image has a longer side; what keeps every index and every sum of this group within 64 bits. */
constexpr int64_t kLongestSide = int64_t{1} << 31;

Napi::Value imageToTensor(const Napi::CallbackInfo& info);
Napi::Value resizeImage(const Napi::CallbackInfo& info);
Napi::Value resizeToTensor(const Napi::CallbackInfo& info);
Napi::Value flipColumns(const Napi::CallbackInfo& info);
Napi::Value transposeImage(const Napi::CallbackInfo& info);
Napi::Value rgbToGray(const Napi::CallbackInfo& info);

/** Calls `work` with a pointer to elements of the array's type; false if there is no such kernel. */
template <typename Work>
bool withPixels(const AnyTypedArray& pixels, Work work) {
  switch (pixels.type) {
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      work(static_cast<uint8_t*>(pixels.data));
      return true;
    case napi_uint16_array:
      work(static_cast<uint16_t*>(pixels.data));
      return true;
    case napi_int16_array:
      work(static_cast<int16_t*>(pixels.data));
      return true;
    case napi_float32_array:
      work(static_cast<float*>(pixels.data));
      return true;
    default:
      return false;
  }
}

}  // namespace deephealth
