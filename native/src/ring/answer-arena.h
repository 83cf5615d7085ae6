// Room for results that do not fit into their slot. The host hands it out; the server gives it back
// by writing into the cache line in front.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace deephealth {

class AnswerArena {
 public:
  /** `memory` is the whole segment of answers; offsets are within it. */
  AnswerArena(uint8_t* memory, size_t begin, size_t end);

  /** Offset of so many bytes, aligned to a cache line; 0 if there is no room. */
  size_t take(size_t bytes);
  /** For bytes that the server never heard of. */
  void giveBack(size_t offset);

 private:
  struct Region {
    size_t begin;
    size_t end;
  };
  uint32_t* inUse(size_t begin) const;
  void collect();

  uint8_t* memory_;
  size_t begin_;
  size_t end_;
  /** In the order of their places. */
  std::vector<Region> taken_;
};

}  // namespace deephealth
