// The signal kernels as the addon exports them. lib/signal has their definitions.
#pragma once

#include <napi.h>

namespace deephealth {

Napi::Value firFilter(const Napi::CallbackInfo& info);
Napi::Value iirFilter(const Napi::CallbackInfo& info);
Napi::Value resamplePolyphase(const Napi::CallbackInfo& info);

}  // namespace deephealth
