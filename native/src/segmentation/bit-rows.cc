#include "bit-rows.h"

#include <cstring>

#include "../simd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace deephealth {

namespace {

/** Tests of one element: what its bit says. */
struct IsNonZero {
  template <typename T>
  static bool test(const T* row, size_t i) {
    return row[i] != 0;
  }
};

struct IsChange {
  template <typename T>
  static bool test(const T* row, size_t i) {
    return i == 0 || row[i] != row[i - 1];
  }
};

/** Elements from 64 * word on, one by one. */
template <typename Test, typename T>
inline void scanRest(const T* row, size_t length, size_t word, uint64_t* words) {
  for (size_t k = word; k < wordsOf(length); k++) {
    const size_t end = length - 64 * k < 64 ? length - 64 * k : 64;
    uint64_t bits = 0;
    for (size_t i = 0; i < end; i++) bits |= static_cast<uint64_t>(Test::test(row, 64 * k + i)) << i;
    words[k] = bits;
  }
}

/** One bit per byte that is not 0: bit i for byte i in memory on a little-endian processor. */
inline uint64_t nonZeroBytes(uint64_t bytes) {
  const uint64_t low = 0x7f7f7f7f7f7f7f7fu;
  const uint64_t high = (((bytes & low) + low) | bytes) & ~low;
  return ((high >> 7) * 0x0102040810204080u) >> 56;
}

inline uint64_t load8(const uint8_t* from) {
  uint64_t bytes;
  std::memcpy(&bytes, from, 8);
  return bytes;
}

constexpr bool isLittleEndian = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

void nonZeroBaseline(const uint8_t* row, size_t length, uint64_t* words) {
  const size_t whole = isLittleEndian ? length / 64 : 0;
  for (size_t k = 0; k < whole; k++) {
    uint64_t bits = 0;
    for (size_t j = 0; j < 8; j++) bits |= nonZeroBytes(load8(row + 64 * k + 8 * j)) << (8 * j);
    words[k] = bits;
  }
  scanRest<IsNonZero>(row, length, whole, words);
}

void change8Baseline(const uint8_t* row, size_t length, uint64_t* words) {
  // The first word has an element without a left neighbour.
  scanRest<IsChange>(row, length < 64 ? length : 64, 0, words);
  const size_t whole = isLittleEndian ? length / 64 : 0;
  for (size_t k = 1; k < whole; k++) {
    uint64_t bits = 0;
    for (size_t j = 0; j < 8; j++) {
      const uint8_t* from = row + 64 * k + 8 * j;
      bits |= nonZeroBytes(load8(from) ^ load8(from - 1)) << (8 * j);
    }
    words[k] = bits;
  }
  scanRest<IsChange>(row, length, whole < 1 ? 0 : whole, words);
}

void change32Baseline(const uint32_t* row, size_t length, uint64_t* words) {
  scanRest<IsChange>(row, length, 0, words);
}

#if defined(__x86_64__)

DEEPHEALTH_TARGET_AVX2 void nonZeroAvx2(const uint8_t* row, size_t length, uint64_t* words) {
  const __m256i zero = _mm256_setzero_si256();
  const size_t whole = length / 64;
  for (size_t k = 0; k < whole; k++) {
    const __m256i* from = reinterpret_cast<const __m256i*>(row + 64 * k);
    const uint32_t low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(from), zero));
    const uint32_t high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(from + 1), zero));
    words[k] = ~(static_cast<uint64_t>(high) << 32 | low);
  }
  scanRest<IsNonZero>(row, length, whole, words);
}

DEEPHEALTH_TARGET_AVX2 void change8Avx2(const uint8_t* row, size_t length, uint64_t* words) {
  scanRest<IsChange>(row, length < 64 ? length : 64, 0, words);
  const size_t whole = length / 64;
  for (size_t k = 1; k < whole; k++) {
    const __m256i* from = reinterpret_cast<const __m256i*>(row + 64 * k);
    const __m256i* left = reinterpret_cast<const __m256i*>(row + 64 * k - 1);
    const uint32_t low =
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(from), _mm256_loadu_si256(left)));
    const uint32_t high =
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(from + 1), _mm256_loadu_si256(left + 1)));
    words[k] = ~(static_cast<uint64_t>(high) << 32 | low);
  }
  scanRest<IsChange>(row, length, whole, words);
}

DEEPHEALTH_TARGET_AVX2 void change32Avx2(const uint32_t* row, size_t length, uint64_t* words) {
  scanRest<IsChange>(row, length < 64 ? length : 64, 0, words);
  const size_t whole = length / 64;
  for (size_t k = 1; k < whole; k++) {
    uint64_t same = 0;
    for (size_t j = 0; j < 8; j++) {
      const uint32_t* from = row + 64 * k + 8 * j;
      const __m256i here = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
      const __m256i left = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from - 1));
      const uint32_t equal = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(here, left)));
      same |= static_cast<uint64_t>(equal) << (8 * j);
    }
    words[k] = ~same;
  }
  scanRest<IsChange>(row, length, whole, words);
}

inline uint64_t firstBits(size_t count) { return count >= 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1; }

DEEPHEALTH_TARGET_AVX512 void nonZeroAvx512(const uint8_t* row, size_t length, uint64_t* words) {
  for (size_t k = 0; k < wordsOf(length); k++) {
    const __m512i bytes = _mm512_maskz_loadu_epi8(firstBits(length - 64 * k), row + 64 * k);
    words[k] = _mm512_test_epi8_mask(bytes, bytes);
  }
}

DEEPHEALTH_TARGET_AVX512 void change8Avx512(const uint8_t* row, size_t length, uint64_t* words) {
  for (size_t k = 0; k < wordsOf(length); k++) {
    const uint64_t valid = firstBits(length - 64 * k);
    const uint64_t hasLeft = k == 0 ? valid & ~uint64_t{1} : valid;
    const __m512i here = _mm512_maskz_loadu_epi8(valid, row + 64 * k);
    // Masked lanes are not read, so the element before the row is left alone.
    const __m512i left = _mm512_maskz_loadu_epi8(hasLeft, row + 64 * k - 1);
    words[k] = _mm512_mask_cmpneq_epi8_mask(hasLeft, here, left) | (k == 0 ? 1 : 0);
  }
}

DEEPHEALTH_TARGET_AVX512 void change32Avx512(const uint32_t* row, size_t length, uint64_t* words) {
  for (size_t k = 0; k < wordsOf(length); k++) {
    const uint64_t valid = firstBits(length - 64 * k);
    const uint64_t hasLeft = k == 0 ? valid & ~uint64_t{1} : valid;
    uint64_t bits = k == 0 ? 1 : 0;
    for (size_t j = 0; j < 4; j++) {
      const __mmask16 lanes = static_cast<__mmask16>(hasLeft >> (16 * j));
      const uint32_t* from = row + 64 * k + 16 * j;
      const __m512i here = _mm512_maskz_loadu_epi32(lanes, from);
      const __m512i left = _mm512_maskz_loadu_epi32(lanes, from - 1);
      bits |= static_cast<uint64_t>(_mm512_mask_cmpneq_epi32_mask(lanes, here, left)) << (16 * j);
    }
    words[k] = bits;
  }
}

#endif

}  // namespace

RowScanner<uint8_t> nonZeroScanner() {
#if defined(__x86_64__)
  if (simdLevel() == SimdLevel::kAvx512) return nonZeroAvx512;
  if (simdLevel() == SimdLevel::kAvx2) return nonZeroAvx2;
#endif
  return nonZeroBaseline;
}

RowScanner<uint8_t> changeScanner8() {
#if defined(__x86_64__)
  if (simdLevel() == SimdLevel::kAvx512) return change8Avx512;
  if (simdLevel() == SimdLevel::kAvx2) return change8Avx2;
#endif
  return change8Baseline;
}

RowScanner<uint32_t> changeScanner32() {
#if defined(__x86_64__)
  if (simdLevel() == SimdLevel::kAvx512) return change32Avx512;
  if (simdLevel() == SimdLevel::kAvx2) return change32Avx2;
#endif
  return change32Baseline;
}

}  // namespace deephealth
