// Each group of kernels adds its functions to the addon's exports.
#pragma once

#include <napi.h>

namespace deephealth {

void registerActivation(Napi::Env env, Napi::Object exports);
void registerBlending(Napi::Env env, Napi::Object exports);
void registerCopy(Napi::Env env, Napi::Object exports);
void registerEngine(Napi::Env env, Napi::Object exports);
void registerImage(Napi::Env env, Napi::Object exports);
void registerIntensity(Napi::Env env, Napi::Object exports);
void registerIsolation(Napi::Env env, Napi::Object exports);
void registerMemory(Napi::Env env, Napi::Object exports);
void registerRing(Napi::Env env, Napi::Object exports);
void registerSegmentation(Napi::Env env, Napi::Object exports);
void registerSignal(Napi::Env env, Napi::Object exports);
void registerSlide(Napi::Env env, Napi::Object exports);
void registerStain(Napi::Env env, Napi::Object exports);
void registerVolume(Napi::Env env, Napi::Object exports);

}  // namespace deephealth
