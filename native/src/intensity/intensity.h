// The intensity kernels as the addon exports them. lib/intensity has their definitions.
#pragma once

#include <napi.h>

namespace deephealth {

Napi::Value standardize(const Napi::CallbackInfo& info);
Napi::Value removeMean(const Napi::CallbackInfo& info);
Napi::Value zScore(const Napi::CallbackInfo& info);
Napi::Value clip(const Napi::CallbackInfo& info);
Napi::Value rescale(const Napi::CallbackInfo& info);
Napi::Value windowLevel(const Napi::CallbackInfo& info);

}  // namespace deephealth
