#include "../registration.h"
#include "volume.h"

namespace deephealth {

void registerVolume(Napi::Env env, Napi::Object exports) {
  exports.Set("resampleVolume", Napi::Function::New(env, resampleVolume));
}

}  // namespace deephealth
