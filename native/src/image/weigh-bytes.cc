#include "weigh-bytes.h"

#include <algorithm>
#include <cmath>

#include "../simd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// GCC's own header of AVX-512 reads a value that it leaves undefined on purpose (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

namespace deephealth {

#if defined(__x86_64__)

namespace {

/** Two rows at once: the processor multiplies and adds pairs of 16 bits into 32. */
struct Pair {
  const uint8_t* first;
  const uint8_t* second;
  int32_t weights;
};

Pair pairOf(const uint8_t* const* rows, const double* weights, size_t count, size_t k) {
  const auto first = static_cast<uint16_t>(static_cast<int16_t>(weights[k]));
  const bool isLast = k + 1 == count;
  const auto second = static_cast<uint16_t>(isLast ? 0 : static_cast<int16_t>(weights[k + 1]));
  return {rows[k], isLast ? rows[k] : rows[k + 1], static_cast<int32_t>(first | (uint32_t{second} << 16))};
}

DEEPHEALTH_TARGET_AVX2 inline void addAvx2(const uint8_t* first, const uint8_t* second, __m256i weights,
                                           __m256i* sums) {
  const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(first));
  const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(second));
  const __m256i low = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b));
  const __m256i high = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b));
  sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(low, weights));
  sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(high, weights));
}

DEEPHEALTH_TARGET_AVX2 size_t weighAvx2(const Pair* pairs, size_t count, size_t length, double* output) {
  size_t i = 0;
  for (; i + 32 <= length; i += 32) {
    __m256i sums[4] = {};
    for (size_t k = 0; k < count; k++) {
      const __m256i weights = _mm256_set1_epi32(pairs[k].weights);
      addAvx2(pairs[k].first + i, pairs[k].second + i, weights, sums);
      addAvx2(pairs[k].first + i + 16, pairs[k].second + i + 16, weights, sums + 2);
    }
    for (size_t j = 0; j < 4; j++) {
      _mm256_storeu_pd(output + i + 8 * j, _mm256_cvtepi32_pd(_mm256_castsi256_si128(sums[j])));
      _mm256_storeu_pd(output + i + 8 * j + 4, _mm256_cvtepi32_pd(_mm256_extracti128_si256(sums[j], 1)));
    }
  }
  return i;
}

/** Sums of elements 0 to 7 and 16 to 23, and of 8 to 15 and 24 to 31. */
DEEPHEALTH_TARGET_AVX512 inline void addAvx512(const uint8_t* first, const uint8_t* second, __m512i weights,
                                               __m512i* sums) {
  const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(first));
  const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(second));
  const __m512i low = _mm512_cvtepu8_epi16(_mm256_unpacklo_epi8(a, b));
  const __m512i high = _mm512_cvtepu8_epi16(_mm256_unpackhi_epi8(a, b));
  sums[0] = _mm512_add_epi32(sums[0], _mm512_madd_epi16(low, weights));
  sums[1] = _mm512_add_epi32(sums[1], _mm512_madd_epi16(high, weights));
}

DEEPHEALTH_TARGET_AVX512 size_t weighAvx512(const Pair* pairs, size_t count, size_t length, double* output) {
  size_t i = 0;
  for (; i + 64 <= length; i += 64) {
    __m512i sums[4] = {};
    for (size_t k = 0; k < count; k++) {
      const __m512i weights = _mm512_set1_epi32(pairs[k].weights);
      addAvx512(pairs[k].first + i, pairs[k].second + i, weights, sums);
      addAvx512(pairs[k].first + i + 32, pairs[k].second + i + 32, weights, sums + 2);
    }
    for (size_t j = 0; j < 2; j++) {
      double* to = output + i + 32 * j;
      _mm512_storeu_pd(to, _mm512_cvtepi32_pd(_mm512_castsi512_si256(sums[2 * j])));
      _mm512_storeu_pd(to + 8, _mm512_cvtepi32_pd(_mm512_castsi512_si256(sums[2 * j + 1])));
      _mm512_storeu_pd(to + 16, _mm512_cvtepi32_pd(_mm512_extracti64x4_epi64(sums[2 * j], 1)));
      _mm512_storeu_pd(to + 24, _mm512_cvtepi32_pd(_mm512_extracti64x4_epi64(sums[2 * j + 1], 1)));
    }
  }
  return i;
}

}  // namespace

#endif

bool canWeighBytes(const AxisSamples& samples) {
  if (simdLevel() == SimdLevel::kBaseline || samples.stride > 4096) return false;
  // The largest sum, 255 * denominator and what negative weights allow above it, stays below 2^31.
  if (samples.denominator > 4194304) return false;
  return std::all_of(samples.weights.begin(), samples.weights.end(),
                     [](double weight) { return std::fabs(weight) <= 32767; });
}

void weighBytes(const uint8_t* const* rows, const double* weights, size_t count, size_t length, double* output) {
  size_t i = 0;
#if defined(__x86_64__)
  Pair pairs[2048];
  for (size_t k = 0; k < count; k += 2) pairs[k / 2] = pairOf(rows, weights, count, k);
  const size_t half = (count + 1) / 2;
  i = simdLevel() == SimdLevel::kAvx512 ? weighAvx512(pairs, half, length, output)
                                        : weighAvx2(pairs, half, length, output);
#endif
  for (; i < length; i++) {
    double sum = 0;
    for (size_t k = 0; k < count; k++) sum += rows[k][i] * weights[k];
    output[i] = sum;
  }
}

}  // namespace deephealth
