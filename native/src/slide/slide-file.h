#pragma once

#include <napi.h>

#include <memory>

#include "slide-content.h"

namespace deephealth {

/** JavaScript's face of a slide. Opening and reading happen in libuv's threads. */
class SlideFile : public Napi::ObjectWrap<SlideFile> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit SlideFile(const Napi::CallbackInfo& info);

 private:
  Napi::Value open(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  /** Shared with the reads under way, which may outlive this object and its environment. */
  std::shared_ptr<SlideContent> content_;
};

}  // namespace deephealth
