#include "../registration.h"
#include "segmentation.h"

namespace deephealth {

void registerSegmentation(Napi::Env env, Napi::Object exports) {
  exports.Set("connectedComponents", Napi::Function::New(env, connectedComponents));
  exports.Set("componentStatistics", Napi::Function::New(env, componentStatistics));
  exports.Set("traceContours", Napi::Function::New(env, traceContours));
  exports.Set("encodeRunLengths", Napi::Function::New(env, encodeRunLengths));
  exports.Set("decodeRunLengths", Napi::Function::New(env, decodeRunLengths));
}

}  // namespace deephealth
