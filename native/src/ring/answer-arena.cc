#include "answer-arena.h"

#include <algorithm>
#include <cstring>

#include "ring-layout.h"

namespace deephealth {

AnswerArena::AnswerArena(uint8_t* memory, size_t begin, size_t end) : memory_(memory), begin_(begin), end_(end) {}

uint32_t* AnswerArena::inUse(size_t begin) const { return reinterpret_cast<uint32_t*>(memory_ + begin); }

void AnswerArena::collect() {
  const auto isFree = [this](const Region& region) { return __atomic_load_n(inUse(region.begin), __ATOMIC_ACQUIRE) == 0; };
  taken_.erase(std::remove_if(taken_.begin(), taken_.end(), isFree), taken_.end());
}

size_t AnswerArena::take(size_t bytes) {
  collect();
  if (bytes > end_ - begin_) return 0;
  const size_t needed = kCacheLine + (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
  size_t begin = begin_;
  auto at = taken_.begin();
  for (; at != taken_.end(); ++at) {
    if (at->begin - begin >= needed) break;
    begin = at->end;
  }
  if (begin + needed > end_) return 0;
  taken_.insert(at, {begin, begin + needed});
  __atomic_store_n(inUse(begin), 1u, __ATOMIC_RELEASE);
  return begin + kCacheLine;
}

void AnswerArena::giveBack(size_t offset) {
  const size_t begin = offset - kCacheLine;
  // The server wipes what it takes; of this, it never hears.
  for (const Region& region : taken_) {
    if (region.begin == begin) std::memset(memory_ + offset, 0, region.end - offset);
  }
  __atomic_store_n(inUse(begin), 0u, __ATOMIC_RELEASE);
}

}  // namespace deephealth
