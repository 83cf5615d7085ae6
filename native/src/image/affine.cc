#include "affine.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "../simd.h"

namespace deephealth {

namespace {

struct Constants {
  double scale;
  const double* mean;
  const double* std;
  const double* reciprocal;
  const double* slope;
  const double* offset;
};

/** A constant of every element alike (kStep 0) or one per element (kStep 1). */
template <AffineMethod method, size_t kStep, typename T>
DEEPHEALTH_INLINE float affine(T x, const Constants& constants, size_t i) {
  const size_t c = i * kStep;
  const double value = static_cast<double>(x);
  if constexpr (method == AffineMethod::kVerified) {
    return static_cast<float>(value * constants.slope[c] + constants.offset[c]);
  } else {
    const double difference = value * constants.scale - constants.mean[c];
    if constexpr (method == AffineMethod::kDivide) return static_cast<float>(difference / constants.std[c]);
    const double reciprocal = constants.reciprocal[c];
    const double first = difference * reciprocal;
    if constexpr (method == AffineMethod::kExactReciprocal) return static_cast<float>(first);
    // Markstein: with a correctly rounded reciprocal, one correction brings the quotient within one
    // unit in the last place, and a second one makes it the correctly rounded quotient.
    const double std = constants.std[c];
    const double second = __builtin_fma(__builtin_fma(-first, std, difference), reciprocal, first);
    const double third = __builtin_fma(__builtin_fma(-second, std, difference), reciprocal, second);
    if constexpr (std::is_floating_point_v<T>) {
      // Infinities have no remainder and -0 would lose its sign; their product is their quotient.
      const double size = std::fabs(difference);
      return static_cast<float>(size > 0 && size < INFINITY ? third : first);
    }
    return static_cast<float>(third);
  }
}

template <typename T, AffineMethod method, size_t kStep>
struct AffineKernel {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const T* __restrict input, size_t count, const Constants* constants,
                                    float* __restrict output) {
    if constexpr (level == SimdLevel::kBaseline && method == AffineMethod::kCorrected) return;
    const Constants own = *constants;
    for (size_t i = 0; i < count; i++) output[i] = affine<method, kStep>(input[i], own, i);
  }
};

template <size_t kStep, typename T>
void runAffine(AffineMethod method, const T* input, size_t count, const Constants& constants, float* output) {
  switch (method) {
    case AffineMethod::kVerified:
      if constexpr (sizeof(T) <= 2) {
        return dispatch<AffineKernel<T, AffineMethod::kVerified, kStep>>(input, count, &constants, output);
      }
      break;
    case AffineMethod::kExactReciprocal:
      return dispatch<AffineKernel<T, AffineMethod::kExactReciprocal, kStep>>(input, count, &constants, output);
    case AffineMethod::kCorrected:
      return dispatch<AffineKernel<T, AffineMethod::kCorrected, kStep>>(input, count, &constants, output);
    case AffineMethod::kDivide:
      break;
  }
  dispatch<AffineKernel<T, AffineMethod::kDivide, kStep>>(input, count, &constants, output);
}

/** Far enough from the ends of FP64 that no product, remainder or quotient of these leaves it. */
bool isModerate(double value) { return std::fabs(value) >= 0x1p-200 && std::fabs(value) <= 0x1p200; }

bool isPowerOfTwo(double value) {
  int exponent = 0;
  return isModerate(value) && std::fabs(std::frexp(value, &exponent)) == 0.5;
}

/** How many pixels make up for trying all values of 16 bits. */
constexpr size_t kEnoughPixels = size_t{1} << 19;

DEEPHEALTH_INLINE uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

/** Whether a channel's slope and offset give the definition's bits for every value of T. */
template <typename T>
struct VerifyAll {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(double scale, double mean, double std, double slope, double offset, bool* isEqual) {
    constexpr int32_t kLowest = std::numeric_limits<T>::min();
    constexpr int32_t kHighest = std::numeric_limits<T>::max();
    uint32_t different = 0;
    for (int32_t value = kLowest; value <= kHighest; value++) {
      const auto x = static_cast<double>(value);
      const auto exact = static_cast<float>((x * scale - mean) / std);
      different |= bitsOf(exact) ^ bitsOf(static_cast<float>(x * slope + offset));
    }
    *isEqual = different == 0;
  }
};

}  // namespace

Affine::Affine(double scale, const double* mean, const double* std, size_t channels)
    : scale_(scale), channels_(channels), period_(channels * (channels > 256 ? 1 : (384 + channels - 1) / channels)) {
  mean_.resize(period_);
  std_.resize(period_);
  reciprocal_.resize(period_);
  slope_.resize(period_);
  offset_.resize(period_);
  for (size_t i = 0; i < period_; i++) {
    mean_[i] = mean[i % channels];
    std_[i] = std[i % channels];
    reciprocal_[i] = 1 / std_[i];
    slope_[i] = scale / std_[i];
    offset_[i] = -mean_[i] / std_[i];
  }
}

template <typename T>
bool Affine::isVerified() const {
  if constexpr (std::is_floating_point_v<T>) return false;
  else {
    for (size_t c = 0; c < channels_; c++) {
      bool isEqual = false;
      dispatch<VerifyAll<T>>(scale_, mean_[c], std_[c], slope_[c], offset_[c], &isEqual);
      if (!isEqual) return false;
    }
    return true;
  }
}

template <typename T>
void Affine::prepare(size_t pixels) {
  bool isExact = true;
  bool isCorrectable = simdLevel() != SimdLevel::kBaseline && scale_ > 0 && isModerate(scale_);
  for (size_t c = 0; c < channels_; c++) {
    isExact = isExact && isPowerOfTwo(std_[c]);
    isCorrectable = isCorrectable && isModerate(std_[c]) && (mean_[c] == 0 || isModerate(mean_[c]));
  }
  const bool isWorthTrying = sizeof(T) == 1 || (sizeof(T) == 2 && pixels >= kEnoughPixels);
  method_ = isWorthTrying && isVerified<T>() ? AffineMethod::kVerified
            : isExact                        ? AffineMethod::kExactReciprocal
            : isCorrectable                  ? AffineMethod::kCorrected
                                             : AffineMethod::kDivide;
}

template <typename T>
void Affine::plane(const T* input, size_t count, size_t channel, float* output) const {
  const Constants constants{scale_,
                            &mean_[channel],
                            &std_[channel],
                            &reciprocal_[channel],
                            &slope_[channel],
                            &offset_[channel]};
  runAffine<0>(method_, input, count, constants, output);
}

template <typename T>
void Affine::pixels(const T* input, size_t count, float* output) const {
  const Constants constants{scale_, mean_.data(), std_.data(), reciprocal_.data(), slope_.data(), offset_.data()};
  const size_t total = count * channels_;
  for (size_t i = 0; i < total; i += period_) {
    runAffine<1>(method_, input + i, total - i < period_ ? total - i : period_, constants, output + i);
  }
}

#define DEEPHEALTH_AFFINE(T)                                                     \
  template void Affine::prepare<T>(size_t);                                      \
  template void Affine::plane<T>(const T*, size_t, size_t, float*) const;        \
  template void Affine::pixels<T>(const T*, size_t, float*) const;

DEEPHEALTH_AFFINE(uint8_t)
DEEPHEALTH_AFFINE(uint16_t)
DEEPHEALTH_AFFINE(int16_t)
DEEPHEALTH_AFFINE(float)

}  // namespace deephealth
