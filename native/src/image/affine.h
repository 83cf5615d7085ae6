// (x * scale - mean[c]) / std[c] in FP64, each operation rounded, and one rounding to FP32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace deephealth {

/** How the bits of the definition are reached. All of them give the same. */
enum class AffineMethod {
  /** `x * slope + offset`: only for 8 and 16 bits, and only after all their values came out equal. */
  kVerified,
  /** The reciprocal of every deviation is exact, and a product with it is the quotient. */
  kExactReciprocal,
  /** The quotient from a reciprocal and two corrections, for processors with fused multiply-add. */
  kCorrected,
  kDivide,
};

/**
 * The constants of each channel, repeated so often that a run over channels that lie side by side can
 * take them from an array as long as itself.
 */
class Affine {
 public:
  Affine(double scale, const double* mean, const double* std, size_t channels);

  size_t channels() const { return channels_; }

  /** Looks for the fastest method for elements of type T. To be called before `plane` or `pixels`. */
  template <typename T>
  void prepare(size_t pixels);

  /** `count` elements, all of channel `channel`. */
  template <typename T>
  void plane(const T* input, size_t count, size_t channel, float* output) const;

  /** `count` pixels, their channels side by side. */
  template <typename T>
  void pixels(const T* input, size_t count, float* output) const;

 private:
  template <typename T>
  bool isVerified() const;

  double scale_;
  size_t channels_;
  /** Elements of the arrays below: a multiple of the channels. */
  size_t period_;
  AffineMethod method_ = AffineMethod::kDivide;
  std::vector<double> mean_, std_, reciprocal_, slope_, offset_;
};

}  // namespace deephealth
