#include "slide-content.h"

#include <algorithm>
#include <new>

namespace deephealth {

namespace {

/** Technical ones alone: others hold what somebody typed at the scanner, names of patients among it. */
const char* const kProperties[] = {
    "openslide.vendor",       "openslide.quickhash-1",   "openslide.mpp-x",         "openslide.mpp-y",
    "openslide.bounds-x",     "openslide.bounds-y",      "openslide.bounds-width",  "openslide.bounds-height",
    "openslide.objective-power", "tiff.XResolution",     "tiff.YResolution",        "tiff.ResolutionUnit",
};

/** No scanner makes more; a hostile file may say anything. */
constexpr int32_t kMostLevels = 64;

/** Premultiplied ARGB over white, in place: RGB is shorter, so that it never overtakes what is still to be read. */
void blendOverWhite(uint8_t* memory, int64_t pixels) {
  const auto* argb = reinterpret_cast<const uint32_t*>(memory);
  for (int64_t i = 0; i < pixels; i++) {
    const uint32_t pixel = argb[i];
    const uint32_t white = 255 - (pixel >> 24);
    const uint32_t red = std::min<uint32_t>(((pixel >> 16) & 255) + white, 255);
    const uint32_t green = std::min<uint32_t>(((pixel >> 8) & 255) + white, 255);
    const uint32_t blue = std::min<uint32_t>((pixel & 255) + white, 255);
    memory[3 * i] = static_cast<uint8_t>(red);
    memory[3 * i + 1] = static_cast<uint8_t>(green);
    memory[3 * i + 2] = static_cast<uint8_t>(blue);
  }
}

bool isSame(const SlideLevelExtents& a, const SlideLevelExtents& b) {
  return a.width == b.width && a.height == b.height && a.downsample == b.downsample;
}

}  // namespace

SlideHandle::SlideHandle(const OpenSlideLibrary& library, const std::string& path)
    : library_(library), slide_(library.open(path.c_str())) {
  if (slide_ == nullptr) throw SlideFailure("unrecognised", "OpenSlide does not know the format");
  try {
    check("broken");
  } catch (...) {
    library_.close(slide_);
    throw;
  }
}

SlideHandle::~SlideHandle() { library_.close(slide_); }

void SlideHandle::check(const char* code) const {
  const char* error = library_.getError(slide_);
  if (error != nullptr) throw SlideFailure(code, error);
}

SlideDescription SlideHandle::describe() const {
  SlideDescription description;
  const int32_t count = library_.getLevelCount(slide_);
  if (count < 1 || count > kMostLevels) throw SlideFailure("broken", "the slide has no levels, or too many");
  const auto addProperty = [&](const std::string& name) {
    const char* value = library_.getPropertyValue(slide_, name.c_str());
    if (value != nullptr) description.properties.emplace(name, value);
  };
  for (int32_t level = 0; level < count; level++) {
    SlideLevelExtents extents{};
    library_.getLevelDimensions(slide_, level, &extents.width, &extents.height);
    extents.downsample = library_.getLevelDownsample(slide_, level);
    description.levels.push_back(extents);
    const std::string prefix = "openslide.level[" + std::to_string(level) + "].tile-";
    addProperty(prefix + "width");
    addProperty(prefix + "height");
  }
  for (const char* name : kProperties) addProperty(name);
  check("broken");
  return description;
}

SlidePixels SlideHandle::read(const SlideRegion& region) const {
  const int64_t count = region.width * region.height;
  SlidePixels pixels(static_cast<uint8_t*>(std::malloc(static_cast<size_t>(count) * 4)));
  if (pixels == nullptr) throw std::bad_alloc();
  library_.readRegion(slide_, reinterpret_cast<uint32_t*>(pixels.get()), region.x, region.y, region.level,
                      region.width, region.height);
  check("region");
  blendOverWhite(pixels.get(), count);
  // A quarter of it is free again.
  auto* shrunk = static_cast<uint8_t*>(std::realloc(pixels.get(), static_cast<size_t>(count * 3)));
  if (shrunk != nullptr) {
    static_cast<void>(pixels.release());
    pixels.reset(shrunk);
  }
  return pixels;
}

const SlideDescription& SlideContent::open() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (isOpen_ || isClosed_) throw SlideFailure("closed", "the slide has been opened already");
  auto handle = std::make_shared<SlideHandle>(library_, path_);
  description_ = handle->describe();
  handle_ = std::move(handle);
  isOpen_ = true;
  return description_;
}

/** A new handle of the same file, which must still be what it was. */
std::shared_ptr<SlideHandle> SlideContent::reopened() {
  auto handle = std::make_shared<SlideHandle>(library_, path_);
  const SlideDescription now = handle->describe();
  const auto& levels = description_.levels;
  if (!std::equal(levels.begin(), levels.end(), now.levels.begin(), now.levels.end(), isSame) ||
      now.properties != description_.properties) {
    throw SlideFailure("changed", "the file is another one than was opened");
  }
  return handle;
}

/**
 * An object of OpenSlide that has failed once gives nothing any more, not to the other reads either that
 * are under way on it. So each of them tries again on an object of its own, which tells whose the fault is;
 * one that has served well is then shared.
 */
SlidePixels SlideContent::read(const SlideRegion& region) {
  std::shared_ptr<SlideHandle> shared;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!isOpen_ || isClosed_) throw SlideFailure("closed", "the slide is not open");
    if (region.level < 0 || static_cast<size_t>(region.level) >= description_.levels.size()) {
      throw SlideFailure("level", "the slide has no such level");
    }
    shared = handle_;
  }
  if (shared != nullptr) {
    try {
      return shared->read(region);
    } catch (const SlideFailure&) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (handle_ == shared) handle_.reset();
    }
  }
  auto own = reopened();
  SlidePixels pixels = own->read(region);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (handle_ == nullptr && !isClosed_) handle_ = std::move(own);
  return pixels;
}

void SlideContent::close() {
  std::shared_ptr<SlideHandle> last;
  const std::lock_guard<std::mutex> lock(mutex_);
  isClosed_ = true;
  last.swap(handle_);
}

}  // namespace deephealth
