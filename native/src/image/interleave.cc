#include "interleave.h"

#include "../simd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace deephealth {

namespace {

#if defined(__x86_64__)

/**
 * Shuffle masks between three parts of 16 bytes of pixels and the 16 bytes of each channel that these
 * hold. Bytes that come from elsewhere become 0.
 */
struct Masks {
  /** [channel][part]: out of that part, the bytes of that channel, where they lie in the plane. */
  alignas(16) int8_t toPlane[3][3][16];
  /** [part][channel]: out of that channel, the bytes of that part, where they lie in the part. */
  alignas(16) int8_t toPixels[3][3][16];

  constexpr explicit Masks(int size) : toPlane{}, toPixels{} {
    for (int channel = 0; channel < 3; channel++) {
      for (int part = 0; part < 3; part++) {
        for (int i = 0; i < 16; i++) {
          const int inPixels = (i / size * 3 + channel) * size + i % size - part * 16;
          toPlane[channel][part][i] = static_cast<int8_t>(inPixels >= 0 && inPixels < 16 ? inPixels : -1);
          const int element = (part * 16 + i) / size;
          const int inPlane = element / 3 * size + i % size;
          toPixels[part][channel][i] = static_cast<int8_t>(element % 3 == channel ? inPlane : -1);
        }
      }
    }
  }
};

template <size_t kSize>
constexpr Masks kMasks(kSize);

DEEPHEALTH_TARGET_AVX2 inline __m256i twoLanes(const uint8_t* low, const uint8_t* high) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(low))),
                                 _mm_loadu_si128(reinterpret_cast<const __m128i*>(high)), 1);
}

DEEPHEALTH_TARGET_AVX2 inline __m256i bothLanes(const int8_t* mask) {
  return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(mask)));
}

DEEPHEALTH_TARGET_AVX2 inline __m256i merge(const __m256i* parts, const __m256i* masks) {
  return _mm256_or_si256(
      _mm256_or_si256(_mm256_shuffle_epi8(parts[0], masks[0]), _mm256_shuffle_epi8(parts[1], masks[1])),
      _mm256_shuffle_epi8(parts[2], masks[2]));
}

/** 96 bytes a turn: each lane of a register holds one of two runs of 48. Returns the pixels done. */
template <typename T>
DEEPHEALTH_TARGET_AVX2 size_t deinterleaveAvx2(const T* pixels, size_t count, T* const* planes) {
  constexpr size_t kTurn = 32 / sizeof(T);
  __m256i masks[3][3];
  for (int channel = 0; channel < 3; channel++) {
    for (int part = 0; part < 3; part++) masks[channel][part] = bothLanes(kMasks<sizeof(T)>.toPlane[channel][part]);
  }
  size_t i = 0;
  for (; i + kTurn <= count; i += kTurn) {
    const uint8_t* at = reinterpret_cast<const uint8_t*>(pixels + 3 * i);
    const __m256i parts[3] = {twoLanes(at, at + 48), twoLanes(at + 16, at + 64), twoLanes(at + 32, at + 80)};
    for (int channel = 0; channel < 3; channel++) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(planes[channel] + i), merge(parts, masks[channel]));
    }
  }
  return i;
}

template <typename T>
DEEPHEALTH_TARGET_AVX2 size_t interleaveAvx2(const T* const* planes, size_t count, T* pixels) {
  constexpr size_t kTurn = 32 / sizeof(T);
  __m256i masks[3][3];
  for (int part = 0; part < 3; part++) {
    for (int channel = 0; channel < 3; channel++) masks[part][channel] = bothLanes(kMasks<sizeof(T)>.toPixels[part][channel]);
  }
  size_t i = 0;
  for (; i + kTurn <= count; i += kTurn) {
    __m256i channels[3];
    for (int channel = 0; channel < 3; channel++) {
      channels[channel] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(planes[channel] + i));
    }
    uint8_t* at = reinterpret_cast<uint8_t*>(pixels + 3 * i);
    for (int part = 0; part < 3; part++) {
      const __m256i merged = merge(channels, masks[part]);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(at + 16 * part), _mm256_castsi256_si128(merged));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(at + 16 * part + 48), _mm256_extracti128_si256(merged, 1));
    }
  }
  return i;
}

#endif

}  // namespace

template <typename T>
void deinterleave3(const T* pixels, size_t count, T* first, T* second, T* third) {
  size_t i = 0;
#if defined(__x86_64__)
  T* const planes[3] = {first, second, third};
  if (simdLevel() >= SimdLevel::kAvx2) i = deinterleaveAvx2(pixels, count, planes);
#endif
  for (; i < count; i++) {
    first[i] = pixels[3 * i];
    second[i] = pixels[3 * i + 1];
    third[i] = pixels[3 * i + 2];
  }
}

template <typename T>
void interleave3(const T* first, const T* second, const T* third, size_t count, T* pixels) {
  size_t i = 0;
#if defined(__x86_64__)
  const T* const planes[3] = {first, second, third};
  if (simdLevel() >= SimdLevel::kAvx2) i = interleaveAvx2(planes, count, pixels);
#endif
  for (; i < count; i++) {
    pixels[3 * i] = first[i];
    pixels[3 * i + 1] = second[i];
    pixels[3 * i + 2] = third[i];
  }
}

#define DEEPHEALTH_INTERLEAVE(T)                                          \
  template void deinterleave3<T>(const T*, size_t, T*, T*, T*);           \
  template void interleave3<T>(const T*, const T*, const T*, size_t, T*);

DEEPHEALTH_INTERLEAVE(uint8_t)
DEEPHEALTH_INTERLEAVE(uint16_t)
DEEPHEALTH_INTERLEAVE(int16_t)
DEEPHEALTH_INTERLEAVE(float)

}  // namespace deephealth
