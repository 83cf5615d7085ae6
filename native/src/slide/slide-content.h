// A slide as the threads that read it see it: no JavaScript.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "open-slide-library.h"

namespace deephealth {

/** Pixels of one read at most: 256 MiB of ARGB. */
constexpr int64_t kMostRegionPixels = int64_t{1} << 26;

/** Why a slide or a part of it cannot be had. The text is OpenSlide's own and may name files. */
class SlideFailure : public std::runtime_error {
 public:
  SlideFailure(const char* code, const std::string& message) : std::runtime_error(message), code_(code) {}
  const char* code() const { return code_; }

 private:
  const char* code_;
};

struct SlideLevelExtents {
  int64_t width;
  int64_t height;
  double downsample;
};

struct SlideDescription {
  std::vector<SlideLevelExtents> levels;
  /** Of the names in slide-content.cc, those that the slide has. */
  std::map<std::string, std::string> properties;
};

struct SlideRegion {
  int32_t level;
  /** In pixels of level 0. */
  int64_t x;
  int64_t y;
  /** In pixels of the level. */
  int64_t width;
  int64_t height;
};

struct FreeMemory {
  void operator()(uint8_t* memory) const { std::free(memory); }
};
/** RGB in memory of malloc, handed to JavaScript as it is. */
using SlidePixels = std::unique_ptr<uint8_t, FreeMemory>;

/** An OpenSlide object and its end. */
class SlideHandle {
 public:
  SlideHandle(const OpenSlideLibrary& library, const std::string& path);
  ~SlideHandle();
  SlideHandle(const SlideHandle&) = delete;
  SlideHandle& operator=(const SlideHandle&) = delete;

  SlideDescription describe() const;
  /** From any thread, several at a time. */
  SlidePixels read(const SlideRegion& region) const;

 private:
  void check(const char* code) const;

  const OpenSlideLibrary& library_;
  OpenSlideObject* slide_;
};

/** A file that is read region by region, from any thread, several at a time. */
class SlideContent {
 public:
  SlideContent(const OpenSlideLibrary& library, std::string path) : library_(library), path_(std::move(path)) {}

  const SlideDescription& open();
  SlidePixels read(const SlideRegion& region);
  /** Reads that are under way still end well; the file is closed with the last of them. */
  void close();

 private:
  std::shared_ptr<SlideHandle> reopened();

  const OpenSlideLibrary& library_;
  const std::string path_;
  std::mutex mutex_;
  std::shared_ptr<SlideHandle> handle_;
  SlideDescription description_;
  bool isOpen_ = false;
  bool isClosed_ = false;
};

}  // namespace deephealth
