#include "../registration.h"
#include "image.h"

namespace deephealth {

void registerImage(Napi::Env env, Napi::Object exports) {
  exports.Set("resizeImage", Napi::Function::New(env, resizeImage));
  exports.Set("resizeToTensor", Napi::Function::New(env, resizeToTensor));
  exports.Set("imageToTensor", Napi::Function::New(env, imageToTensor));
  exports.Set("flipColumns", Napi::Function::New(env, flipColumns));
  exports.Set("transposeImage", Napi::Function::New(env, transposeImage));
  exports.Set("rgbToGray", Napi::Function::New(env, rgbToGray));
}

}  // namespace deephealth
