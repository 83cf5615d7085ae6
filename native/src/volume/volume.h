// The kernels of volumes as the addon exports them. lib/volume has their definitions.
#pragma once

#include <napi.h>

namespace deephealth {

Napi::Value resampleVolume(const Napi::CallbackInfo& info);

}  // namespace deephealth
