#include "../registration.h"
#include "signal.h"

namespace deephealth {

void registerSignal(Napi::Env env, Napi::Object exports) {
  exports.Set("firFilter", Napi::Function::New(env, firFilter));
  exports.Set("iirFilter", Napi::Function::New(env, iirFilter));
  exports.Set("resamplePolyphase", Napi::Function::New(env, resamplePolyphase));
}

}  // namespace deephealth
