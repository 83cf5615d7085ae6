// OpenSlide through its C functions, found at run time: nothing is linked, and no header of it is needed.
#pragma once

#include <cstdint>
#include <string>

namespace deephealth {

/** A slide that OpenSlide has open (its openslide_t). */
struct OpenSlideObject;

/** The functions of OpenSlide that are used here, as every release from 3.4.0 on has them. */
struct OpenSlideLibrary {
  std::string version;

  /** Null for a file of a format that OpenSlide does not know. */
  OpenSlideObject* (*open)(const char* path);
  void (*close)(OpenSlideObject* slide);
  /** Null unless something has failed: from then on the object gives nothing but this text. */
  const char* (*getError)(OpenSlideObject* slide);
  int32_t (*getLevelCount)(OpenSlideObject* slide);
  void (*getLevelDimensions)(OpenSlideObject* slide, int32_t level, int64_t* width, int64_t* height);
  double (*getLevelDownsample)(OpenSlideObject* slide, int32_t level);
  /** x and y are in pixels of level 0; width and height in those of the level. Premultiplied ARGB. */
  void (*readRegion)(OpenSlideObject* slide, uint32_t* pixels, int64_t x, int64_t y, int32_t level, int64_t width,
                     int64_t height);
  const char* (*getPropertyValue)(OpenSlideObject* slide, const char* name);

  /**
   * The library of this name or path, opened once in a process and never closed: threads may still be in it
   * when the process ends. Throws std::runtime_error with the words of the loader.
   */
  static const OpenSlideLibrary& load(const std::string& name);
};

}  // namespace deephealth
