// The functions of the group; register.cc names them for JavaScript.
#pragma once

#include <napi.h>

namespace deephealth {

void accumulateTile(const Napi::CallbackInfo& info);
Napi::Value finishRows(const Napi::CallbackInfo& info);

}  // namespace deephealth
