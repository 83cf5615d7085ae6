// Rows of elements as rows of bits: bit i of word k stands for element 64 k + i. Runs are then found by
// counting zeros, 64 elements at a time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace deephealth {

/** Writes wordsOf(length) words; bits beyond `length` are 0. */
template <typename T>
using RowScanner = void (*)(const T* row, size_t length, uint64_t* words);

inline size_t wordsOf(size_t length) { return (length + 63) / 64; }

/** Bit i is set where element i is not 0. */
RowScanner<uint8_t> nonZeroScanner();

/** Bit i is set where element i differs from element i - 1. Bit 0 is set. */
RowScanner<uint8_t> changeScanner8();
RowScanner<uint32_t> changeScanner32();

/** Calls `visit(i)` for every set bit, in order. */
template <typename Visit>
inline void forEachBit(uint64_t word, size_t base, Visit visit) {
  while (word != 0) {
    visit(base + static_cast<size_t>(__builtin_ctzll(word)));
    word &= word - 1;
  }
}

/**
 * Calls `visit(word, base)` with words whose bit i is set where element base + i of a row of `length` differs
 * from its left neighbour in being set, elements outside the row being clear. Set bits are thus the starts
 * and the ends of runs in turn; the last end can be `length`.
 */
template <typename Visit>
inline void forEachToggleWord(const uint64_t* words, size_t length, Visit visit) {
  uint64_t carry = 0;
  const size_t count = wordsOf(length);
  for (size_t k = 0; k < count; k++) {
    const uint64_t word = words[k];
    visit(word ^ (word << 1 | carry), 64 * k);
    carry = word >> 63;
  }
  if (carry != 0) visit(uint64_t{1}, 64 * count);
}

}  // namespace deephealth
