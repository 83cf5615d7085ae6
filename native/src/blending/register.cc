#include "../registration.h"
#include "blending.h"

namespace deephealth {

void registerBlending(Napi::Env env, Napi::Object exports) {
  exports.Set("accumulateTile", Napi::Function::New(env, accumulateTile));
  exports.Set("finishRows", Napi::Function::New(env, finishRows));
}

}  // namespace deephealth
