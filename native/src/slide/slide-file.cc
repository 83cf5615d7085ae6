#include "slide-file.h"

#include <limits>
#include <string>
#include <utility>

#include "../arguments.h"
#include "slide-work.h"

namespace deephealth {

namespace {

constexpr int64_t kMostPixels = int64_t{1} << 53;

std::string text(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (index >= info.Length() || !info[index].IsString()) {
    throw Napi::TypeError::New(info.Env(), std::string(name) + " needs a text");
  }
  std::string value = info[index].As<Napi::String>().Utf8Value();
  if (value.empty() || value.find('\0') != std::string::npos) {
    throw Napi::RangeError::New(info.Env(), std::string(name) + " is empty or holds a NUL");
  }
  return value;
}

}  // namespace

Napi::Function SlideFile::define(Napi::Env env) {
  return DefineClass(env, "SlideFile",
                     {InstanceMethod("open", &SlideFile::open), InstanceMethod("read", &SlideFile::read),
                      InstanceMethod("close", &SlideFile::close)});
}

/** new SlideFile(library, path) */
SlideFile::SlideFile(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SlideFile>(info) {
  const std::string library = text(info, 0, "the library");
  std::string path = text(info, 1, "the path");
  try {
    content_ = std::make_shared<SlideContent>(OpenSlideLibrary::load(library), std::move(path));
  } catch (const std::exception& thrown) {
    throw Napi::Error::New(info.Env(), thrown.what());
  }
}

Napi::Value SlideFile::open(const Napi::CallbackInfo& info) { return openInThread(info.Env(), content_); }

/** read(level, x, y, width, height); x and y in pixels of level 0 */
Napi::Value SlideFile::read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  SlideRegion region{};
  region.level = static_cast<int32_t>(integer(info, 0, "level", 0, std::numeric_limits<int32_t>::max()));
  region.x = integer(info, 1, "x", -kMostPixels, kMostPixels);
  region.y = integer(info, 2, "y", -kMostPixels, kMostPixels);
  region.width = integer(info, 3, "width", 1, kMostRegionPixels);
  region.height = integer(info, 4, "height", 1, kMostRegionPixels);
  if (region.width * region.height > kMostRegionPixels) throw Napi::RangeError::New(env, "the region is too large");
  return readInThread(env, content_, region);
}

Napi::Value SlideFile::close(const Napi::CallbackInfo& info) {
  content_->close();
  return info.Env().Undefined();
}

}  // namespace deephealth
