#include "../registration.h"
#include "intensity.h"

namespace deephealth {

void registerIntensity(Napi::Env env, Napi::Object exports) {
  exports.Set("standardize", Napi::Function::New(env, standardize));
  exports.Set("removeMean", Napi::Function::New(env, removeMean));
  exports.Set("zScore", Napi::Function::New(env, zScore));
  exports.Set("clip", Napi::Function::New(env, clip));
  exports.Set("rescale", Napi::Function::New(env, rescale));
  exports.Set("windowLevel", Napi::Function::New(env, windowLevel));
}

}  // namespace deephealth
