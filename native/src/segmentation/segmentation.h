// The functions of the group; register.cc names them for JavaScript.
#pragma once

#include <napi.h>

namespace deephealth {

Napi::Value connectedComponents(const Napi::CallbackInfo& info);
void componentStatistics(const Napi::CallbackInfo& info);
Napi::Value traceContours(const Napi::CallbackInfo& info);
Napi::Value encodeRunLengths(const Napi::CallbackInfo& info);
void decodeRunLengths(const Napi::CallbackInfo& info);

}  // namespace deephealth
