// Sums and products of table rows: a row is what a byte of one channel contributes to all outputs.
#include <vector>

#include "stain-kernels.h"
#include "vectors.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace deephealth {
namespace {

constexpr uint8_t kUnstainedMinimum = 239;
constexpr uint8_t kUnstainedDarkening = 10;

/** What the bytes of a pixel add up to, as three bins. */
DEEPHEALTH_INLINE void countSums(const uint8_t* pixel, const double* rows, uint32_t* counts) {
  const Double4 zero = {0, 0, 0, 0};
  const Double4 last = zero + static_cast<double>(kBins - 1);
  Double4 sum, green, blue;
  load(rows + 4 * pixel[0], sum);
  load(rows + 1024 + 4 * pixel[1], green);
  load(rows + 2048 + 4 * pixel[2], blue);
  sum = sum + green + blue;
  sum = sum > zero ? sum : zero;
  sum = sum < last ? sum : last;
  const Int4 bins = __builtin_convertvector(sum, Int4);
  counts[bins[0]]++;
  counts[kBins + bins[1]]++;
  counts[2 * kBins + bins[2]]++;
}

struct SumHistograms {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const uint8_t* pixels, size_t count, const double* rows, uint32_t* even,
                                    uint32_t* odd) {
    size_t i = 0;
    for (; i + 2 <= count; i += 2) {
      countSums(pixels + 3 * i, rows, even);
      countSums(pixels + 3 * i + 3, rows, odd);
    }
    if (i < count) countSums(pixels + 3 * i, rows, even);
  }
};

/** One pixel. */
DEEPHEALTH_INLINE void multiply(const uint8_t* pixel, const double* rows, uint8_t* output) {
  const int32_t from[3] = {pixel[0], pixel[1], pixel[2]};
  const double* row[3] = {rows + 4 * from[0], rows + 1024 + 4 * from[1], rows + 2048 + 4 * from[2]};
  const bool isUnstained =
      from[0] >= kUnstainedMinimum && from[1] >= kUnstainedMinimum && from[2] >= kUnstainedMinimum;
  for (size_t c = 0; c < 3; c++) {
    double product = row[0][c] * row[1][c] * row[2][c];
    product = product > 0 ? product : 0;
    const int32_t light = static_cast<int32_t>(product < 255 ? product : 255);
    const int32_t least = isUnstained ? from[c] - kUnstainedDarkening : 0;
    output[c] = static_cast<uint8_t>(light > least ? light : least);
  }
}

void multiplyAll(const uint8_t* pixels, size_t count, const double* rows, uint8_t* output) {
  for (size_t i = 0; i < count; i++) multiply(pixels + 3 * i, rows, output + 3 * i);
}

#if defined(__x86_64__)
/** Four levels of light of a pixel. */
DEEPHEALTH_TARGET_AVX2 inline __m128i lightOf(const uint8_t* pixel, const double* rows) {
  const __m256d product = _mm256_mul_pd(
      _mm256_mul_pd(_mm256_loadu_pd(rows + 4 * pixel[0]), _mm256_loadu_pd(rows + 1024 + 4 * pixel[1])),
      _mm256_loadu_pd(rows + 2048 + 4 * pixel[2]));
  // The second operand is what comes of NaN.
  const __m256d bounded = _mm256_min_pd(_mm256_max_pd(product, _mm256_setzero_pd()), _mm256_set1_pd(255));
  return _mm256_cvttpd_epi32(bounded);
}

/** Four pixels at a time, in the bytes 0-2, 4-6, 8-10 and 12-14 of a vector; returns how many it did. */
DEEPHEALTH_TARGET_AVX2 size_t multiplyFours(const uint8_t* pixels, size_t count, const double* rows,
                                            uint8_t* output) {
  const __m128i expand = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
  const __m128i contract = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
  const __m128i fourth = _mm_set1_epi32(static_cast<int32_t>(0xff000000));
  const __m128i minimum = _mm_set1_epi8(static_cast<char>(kUnstainedMinimum));
  const __m128i darkening = _mm_set1_epi8(static_cast<char>(kUnstainedDarkening));
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const uint8_t* from = pixels + 3 * i;
    const __m128i first = _mm_packus_epi32(lightOf(from, rows), lightOf(from + 3, rows));
    const __m128i second = _mm_packus_epi32(lightOf(from + 6, rows), lightOf(from + 9, rows));
    __m128i light = _mm_packus_epi16(first, second);

    // Twelve bytes are in bounds, sixteen may not be.
    int32_t rest;
    std::memcpy(&rest, from + 8, 4);
    const __m128i packed = _mm_insert_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)), rest, 2);
    const __m128i before = _mm_shuffle_epi8(packed, expand);
    const __m128i bright = _mm_or_si128(_mm_cmpeq_epi8(_mm_max_epu8(before, minimum), before), fourth);
    const __m128i isUnstained = _mm_cmpeq_epi32(bright, _mm_set1_epi32(-1));
    light = _mm_max_epu8(light, _mm_and_si128(isUnstained, _mm_subs_epu8(before, darkening)));

    const __m128i after = _mm_shuffle_epi8(light, contract);
    uint8_t* to = output + 3 * i;
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to), after);
    rest = _mm_extract_epi32(after, 2);
    std::memcpy(to + 8, &rest, 4);
  }
  // Else the engine's own floating point, compiled for SSE, runs at a tenth of its speed afterwards.
  _mm256_zeroupper();
  return i;
}
#endif

}  // namespace

void rowSumHistograms(const uint8_t* pixels, size_t count, const double* rows, uint32_t* counts) {
  // Neighbours are often equal: pixels in turn keep one increment from waiting for the last.
  std::vector<uint32_t> odd(3 * kBins, 0);
  dispatch<SumHistograms>(pixels, count, rows, counts, odd.data());
  for (size_t bin = 0; bin < 3 * kBins; bin++) counts[bin] += odd[bin];
}

void rowProducts(const uint8_t* pixels, size_t count, const double* rows, uint8_t* output) {
  size_t done = 0;
#if defined(__x86_64__)
  // A pixel fills a vector of AVX2; longer ones would have to be put together first.
  if (simdLevel() != SimdLevel::kBaseline) done = multiplyFours(pixels, count, rows, output);
#endif
  multiplyAll(pixels + 3 * done, count - done, rows, output + 3 * done);
}

}  // namespace deephealth
