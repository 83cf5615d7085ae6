// Which samples of one axis an interpolation weighs for each output sample, and how.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace deephealth {

enum class Interpolation { kNearest = 0, kLinear = 1, kLinearAntialias = 2, kArea = 3, kCubic = 4, kNearestFloor = 5 };

/** Sides up to this keep every product of two positions an exact FP64 integer, here and in TypeScript. */
constexpr int64_t kLongestResizedSide = int64_t{1} << 25;

struct AxisSamples {
  /** Index of the first input sample per output sample. */
  std::vector<size_t> first;
  /** Input samples per output sample, at least one. */
  std::vector<size_t> count;
  /** `stride` weights per output sample, of which `count` are used. */
  std::vector<double> weights;
  size_t stride = 1;
  /** What the weights of an output sample add up to. */
  double denominator = 1;

  const double* weightsOf(size_t d) const { return weights.data() + d * stride; }
};

/** What to compute samples of. */
struct AxisWish {
  Interpolation interpolation;
  int64_t from;
  int64_t to;
  /** For area: OpenCV takes two samples where the other axis is enlarged. */
  bool isTwoSamples;
  /** Weights for integers, themselves integers; else FP64 weights that add up to 1. */
  bool isInteger;
};

AxisSamples axisSamples(const AxisWish& wish);

/** floor((d + 1/2) * from / to) for each d; or without the half, as OpenCV's INTER_NEAREST rounds it. */
std::vector<size_t> nearestSamples(int64_t from, int64_t to, bool isCentred);

}  // namespace deephealth
