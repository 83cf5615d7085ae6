#include "axis-samples.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace deephealth {

namespace {

/** Weights of neighbouring samples; positions outside the axis count for its edge. */
class Taps {
 public:
  explicit Taps(int64_t from) : from_(from) {}

  void clear() {
    weights_.clear();
    sum_ = 0;
  }

  /** Positions come in ascending order, without gaps. */
  void add(int64_t position, double weight) {
    const int64_t inside = std::min(std::max<int64_t>(position, 0), from_ - 1);
    if (weights_.empty()) first_ = inside;
    if (!weights_.empty() && inside == first_ + static_cast<int64_t>(weights_.size()) - 1) {
      weights_.back() += weight;
    } else {
      weights_.push_back(weight);
    }
    sum_ += weight;
  }

  /** Integers that add up to 2^14: the differences of the rounded running sums. */
  void quantise() {
    double running = 0;
    double before = 0;
    for (double& weight : weights_) {
      running += weight;
      const double now = std::floor(running * 16384 / sum_ + 0.5);
      weight = now - before;
      before = now;
    }
  }

  void normalise() {
    for (double& weight : weights_) weight /= sum_;
  }

  /** Samples of no weight have no part in it, not even if they are infinite. */
  void trim() {
    size_t skipped = 0;
    while (skipped + 1 < weights_.size() && weights_[skipped] == 0) skipped++;
    weights_.erase(weights_.begin(), weights_.begin() + static_cast<std::ptrdiff_t>(skipped));
    first_ += static_cast<int64_t>(skipped);
    while (weights_.size() > 1 && weights_.back() == 0) weights_.pop_back();
  }

  int64_t first() const { return first_; }
  const std::vector<double>& weights() const { return weights_; }

 private:
  int64_t from_;
  int64_t first_ = 0;
  std::vector<double> weights_;
  double sum_ = 0;
};

int64_t floorDivide(int64_t dividend, int64_t divisor) {
  const int64_t quotient = dividend / divisor;
  return quotient * divisor > dividend ? quotient - 1 : quotient;
}

void addLinear(const AxisWish& wish, int64_t d, Taps& taps) {
  const int64_t unit = 2 * wish.to;
  const int64_t position = (2 * d + 1) * wish.from - wish.to;
  const int64_t lower = floorDivide(position, unit);
  const int64_t upperWeight = position - lower * unit;
  taps.add(lower, static_cast<double>(unit - upperWeight));
  taps.add(lower + 1, static_cast<double>(upperWeight));
}

/** Keys' kernel with a = -0.75 at distances up to 1, and from 1 to 2. */
double cubicNear(double u) { return (1.25 * u - 2.25) * u * u + 1; }
double cubicFar(double u) { return ((-0.75 * u + 3.75) * u - 6) * u + 3; }

void addCubic(const AxisWish& wish, int64_t d, Taps& taps) {
  const int64_t unit = 2 * wish.to;
  const int64_t position = (2 * d + 1) * wish.from - wish.to;
  const int64_t lower = floorDivide(position, unit);
  const double t = static_cast<double>(position - lower * unit) / static_cast<double>(unit);
  const double first = cubicFar(1 + t);
  const double second = cubicNear(t);
  const double third = cubicNear(1 - t);
  taps.add(lower - 1, first);
  taps.add(lower, second);
  taps.add(lower + 1, third);
  taps.add(lower + 2, 1 - first - second - third);
}

void addArea(const AxisWish& wish, int64_t d, Taps& taps) {
  const int64_t start = d * wish.from;
  const int64_t end = start + wish.from;
  int64_t i = start / wish.to;
  if (wish.isTwoSamples) {
    const int64_t beyond = std::max<int64_t>(end - (i + 1) * wish.to, 0);
    taps.add(i, static_cast<double>(wish.from - beyond));
    taps.add(i + 1, static_cast<double>(beyond));
    return;
  }
  for (; i * wish.to < end; i++) {
    taps.add(i, static_cast<double>(std::min(end, (i + 1) * wish.to) - std::max(start, i * wish.to)));
  }
}

void addAntialias(const AxisWish& wish, int64_t d, Taps& taps) {
  // In units of 1 / (2 * to): the triangle reaches `reach` to either side of the centre.
  const int64_t reach = 2 * std::max(wish.from, wish.to);
  const int64_t centre = (2 * d + 1) * wish.from;
  const int64_t last = std::min(wish.from - 1, floorDivide(centre + reach - wish.to, 2 * wish.to));
  for (int64_t i = std::max<int64_t>(0, floorDivide(centre - reach - wish.to, 2 * wish.to)); i <= last; i++) {
    const int64_t weight = reach - std::abs((2 * i + 1) * wish.to - centre);
    if (weight > 0) taps.add(i, static_cast<double>(weight));
  }
}

double integerDenominator(const AxisWish& wish) {
  if (wish.interpolation == Interpolation::kLinear) return static_cast<double>(2 * wish.to);
  if (wish.interpolation == Interpolation::kArea) return static_cast<double>(wish.from);
  return 16384;
}

}  // namespace

AxisSamples axisSamples(const AxisWish& wish) {
  const auto count = static_cast<size_t>(wish.to);
  const bool isQuantised =
      wish.interpolation == Interpolation::kCubic || wish.interpolation == Interpolation::kLinearAntialias;
  AxisSamples found;
  found.first.resize(count);
  found.count.resize(count);
  found.denominator = wish.isInteger ? integerDenominator(wish) : 1;
  std::vector<size_t> starts(count);
  std::vector<double> packed;
  Taps taps(wish.from);
  for (size_t d = 0; d < count; d++) {
    const auto at = static_cast<int64_t>(d);
    taps.clear();
    if (wish.interpolation == Interpolation::kLinear) addLinear(wish, at, taps);
    if (wish.interpolation == Interpolation::kCubic) addCubic(wish, at, taps);
    if (wish.interpolation == Interpolation::kArea) addArea(wish, at, taps);
    if (wish.interpolation == Interpolation::kLinearAntialias) addAntialias(wish, at, taps);
    if (!wish.isInteger) taps.normalise();
    else if (isQuantised) taps.quantise();
    taps.trim();
    found.first[d] = static_cast<size_t>(taps.first());
    found.count[d] = taps.weights().size();
    found.stride = std::max(found.stride, found.count[d]);
    starts[d] = packed.size();
    packed.insert(packed.end(), taps.weights().begin(), taps.weights().end());
  }
  found.weights.resize(count * found.stride);
  for (size_t d = 0; d < count; d++) {
    std::copy_n(packed.begin() + static_cast<std::ptrdiff_t>(starts[d]), found.count[d],
                found.weights.begin() + static_cast<std::ptrdiff_t>(d * found.stride));
  }
  return found;
}

std::vector<size_t> nearestSamples(int64_t from, int64_t to, bool isCentred) {
  std::vector<size_t> found(static_cast<size_t>(to));
  // OpenCV's FP64 arithmetic: where d * from / to is a whole number, it can end just below.
  const double step = 1 / (static_cast<double>(to) / static_cast<double>(from));
  for (int64_t d = 0; d < to; d++) {
    const int64_t sample = isCentred ? (2 * d + 1) * from / (2 * to)
                                     : std::min(static_cast<int64_t>(static_cast<double>(d) * step), from - 1);
    found[static_cast<size_t>(d)] = static_cast<size_t>(sample);
  }
  return found;
}

}  // namespace deephealth
