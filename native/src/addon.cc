#include <napi.h>

#include "registration.h"
#include "simd.h"

namespace {

// Changes together with INTERFACE_VERSION of lib/load-addon.ts.
constexpr int kInterfaceVersion = 5;

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("interfaceVersion", Napi::Number::New(env, kInterfaceVersion));
  exports.Set("simd", Napi::String::New(env, deephealth::simdName(deephealth::simdLevel())));
  deephealth::registerActivation(env, exports);
  deephealth::registerBlending(env, exports);
  deephealth::registerCopy(env, exports);
  deephealth::registerEngine(env, exports);
  deephealth::registerImage(env, exports);
  deephealth::registerIntensity(env, exports);
  deephealth::registerIsolation(env, exports);
  deephealth::registerMemory(env, exports);
  deephealth::registerRing(env, exports);
  deephealth::registerSegmentation(env, exports);
  deephealth::registerSignal(env, exports);
  deephealth::registerSlide(env, exports);
  deephealth::registerStain(env, exports);
  deephealth::registerVolume(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(deephealth, initialise)
