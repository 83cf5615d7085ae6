// What the server needs of the ring besides memory.
#include <napi.h>

#include "../arguments.h"
#include "../registration.h"
#include "futex.h"
#include "ring-layout.h"

namespace deephealth {

#if defined(__linux__)

namespace {

/** wakeRing(requests): wakes a host that waits for requests. */
Napi::Value wakeRing(const Napi::CallbackInfo& info) {
  const auto requests = typedArray<const uint8_t>(info, 0, "requests");
  if (requests.length < kRequestRingBytes || reinterpret_cast<uintptr_t>(requests.data) % sizeof(uint32_t) != 0) {
    throw Napi::RangeError::New(info.Env(), "requests is no segment for a ring");
  }
  futexWake(reinterpret_cast<const uint32_t*>(requests.data));
  return info.Env().Undefined();
}

}  // namespace

void registerRing(Napi::Env env, Napi::Object exports) {
  exports.Set("wakeRing", Napi::Function::New(env, wakeRing));
}

#else

void registerRing(Napi::Env, Napi::Object) {}

#endif

}  // namespace deephealth
