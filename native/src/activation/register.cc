#include "../registration.h"
#include "activation.h"

namespace deephealth {

void registerActivation(Napi::Env env, Napi::Object exports) {
  exports.Set("softmax", Napi::Function::New(env, softmax));
  exports.Set("sigmoid", Napi::Function::New(env, sigmoid));
  exports.Set("argmax", Napi::Function::New(env, argmax));
  exports.Set("threshold", Napi::Function::New(env, threshold));
}

}  // namespace deephealth
