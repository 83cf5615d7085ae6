#include "open-slide-library.h"

#include <dlfcn.h>

#include <cstdarg>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace deephealth {

namespace {

template <typename Function>
void find(void* library, const char* symbol, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(library, symbol));
  if (function == nullptr) throw std::runtime_error(std::string("the library has no function ") + symbol);
}

void findAll(void* library, OpenSlideLibrary& found) {
  const char* (*getVersion)() = nullptr;
  find(library, "openslide_get_version", getVersion);
  find(library, "openslide_open", found.open);
  find(library, "openslide_close", found.close);
  find(library, "openslide_get_error", found.getError);
  find(library, "openslide_get_level_count", found.getLevelCount);
  find(library, "openslide_get_level_dimensions", found.getLevelDimensions);
  find(library, "openslide_get_level_downsample", found.getLevelDownsample);
  find(library, "openslide_read_region", found.readRegion);
  find(library, "openslide_get_property_value", found.getPropertyValue);
  found.version = getVersion();
}

/** libtiff, which OpenSlide brings along, would print what it objects to, with the name of the file. */
void silenceTiff(void* library) {
  using Handler = void (*)(const char*, const char*, va_list);
  for (const char* symbol : {"TIFFSetErrorHandler", "TIFFSetWarningHandler"}) {
    const auto setHandler = reinterpret_cast<Handler (*)(Handler)>(dlsym(library, symbol));
    if (setHandler != nullptr) setHandler(nullptr);
  }
}

}  // namespace

const OpenSlideLibrary& OpenSlideLibrary::load(const std::string& name) {
  static std::mutex mutex;
  static auto* loaded = new std::map<std::string, std::unique_ptr<OpenSlideLibrary>>();
  const std::lock_guard<std::mutex> lock(mutex);
  const auto known = loaded->find(name);
  if (known != loaded->end()) return *known->second;
  // The loader would take an empty name for the program itself.
  if (name.empty()) throw std::runtime_error("the library has no name");
  void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    throw std::runtime_error(reason == nullptr ? "the library does not load" : reason);
  }
  auto found = std::make_unique<OpenSlideLibrary>();
  try {
    findAll(library, *found);
    silenceTiff(library);
  } catch (...) {
    dlclose(library);
    throw;
  }
  return *loaded->emplace(name, std::move(found)).first->second;
}

}  // namespace deephealth
