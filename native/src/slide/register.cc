#include "../arguments.h"
#include "../registration.h"
#include "open-slide-library.h"
#include "slide-file.h"

namespace deephealth {

namespace {

/** openSlideVersion(library): the version, or an Error with the words of the loader. */
Napi::Value openSlideVersion(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsString()) throw Napi::TypeError::New(env, "the library needs a text");
  try {
    return Napi::String::New(env, OpenSlideLibrary::load(info[0].As<Napi::String>().Utf8Value()).version);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& thrown) {
    throw Napi::Error::New(env, thrown.what());
  }
}

}  // namespace

void registerSlide(Napi::Env env, Napi::Object exports) {
  exports.Set("openSlideVersion", Napi::Function::New(env, openSlideVersion));
  exports.Set("SlideFile", SlideFile::define(env));
}

}  // namespace deephealth
