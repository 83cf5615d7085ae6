// The activation kernels as the addon exports them. lib/activation has their definitions.
#pragma once

#include <napi.h>

namespace deephealth {

Napi::Value softmax(const Napi::CallbackInfo& info);
Napi::Value sigmoid(const Napi::CallbackInfo& info);
Napi::Value argmax(const Napi::CallbackInfo& info);
Napi::Value threshold(const Napi::CallbackInfo& info);

}  // namespace deephealth
