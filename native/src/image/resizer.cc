#include "resizer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "../vectors.h"
#include "weigh-bytes.h"

namespace deephealth {

namespace {

bool isNearest(const ResizeWish& wish) {
  return wish.interpolation == Interpolation::kNearest || wish.interpolation == Interpolation::kNearestFloor;
}

/** Elements behind a row that a vector may read and write past its end. */
constexpr size_t kPadding = 8;

template <size_t kLanes, typename T>
DEEPHEALTH_INLINE Vector<double, kLanes> widen(const T* from) {
  const auto elements = load<Vector<T, kLanes>>(from);
  if constexpr (std::is_floating_point_v<T>) return __builtin_convertvector(elements, Vector<double, kLanes>);
  else
    return __builtin_convertvector(__builtin_convertvector(elements, Vector<int32_t, kLanes>), Vector<double, kLanes>);
}

/**
 * Rows weighed and added, in order, in FP64. For integers every partial sum is exact.
 */
template <typename T>
struct WeighRows {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const T* const* rows, const double* weights, size_t count, size_t length,
                                    double* output) {
    constexpr size_t kLanes = level == SimdLevel::kAvx512 ? 8 : level == SimdLevel::kAvx2 ? 4 : 2;
    constexpr size_t kTurn = 4 * kLanes;
    using Doubles = Vector<double, kLanes>;
    size_t i = 0;
    for (; i + kTurn <= length; i += kTurn) {
      Doubles sums[4];
      for (size_t j = 0; j < 4; j++) sums[j] = widen<kLanes>(rows[0] + i + j * kLanes) * weights[0];
      for (size_t k = 1; k < count; k++) {
        const T* from = rows[k] + i;
        for (size_t j = 0; j < 4; j++) sums[j] = sums[j] + widen<kLanes>(from + j * kLanes) * weights[k];
      }
      for (size_t j = 0; j < 4; j++) store(output + i + j * kLanes, sums[j]);
    }
    for (; i < length; i++) {
      double sum = static_cast<double>(rows[0][i]) * weights[0];
      for (size_t k = 1; k < count; k++) sum = sum + static_cast<double>(rows[k][i]) * weights[k];
      output[i] = sum;
    }
  }
};

/** `kTaps` samples, or where that is 0 as many as there are, weighed and added in order. */
template <size_t kTaps, typename Value>
DEEPHEALTH_INLINE Value weigh(const double* from, size_t step, const double* weights, size_t count) {
  Value sum = load<Value>(from) * weights[0];
  if (kTaps > 0 && count == kTaps) {
    for (size_t k = 1; k < kTaps; k++) sum = sum + load<Value>(from + k * step) * weights[k];
  } else {
    for (size_t k = 1; k < count; k++) sum = sum + load<Value>(from + k * step) * weights[k];
  }
  return sum;
}

/** Pixels of a row weighed and added, in order. */
template <size_t kTaps>
struct WeighColumns {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const double* row, const AxisSamples* columns, size_t width, size_t channels,
                                    double* output) {
    if (channels == 1) return pixels<double>(row, columns, width, 1, output);
    // Of three channels, the fourth lane is the next pixel's first: read past, and written over.
    if (channels == 3) return pixels<Vector<double, 4>>(row, columns, width, 3, output);
    if (channels == 4) return pixels<Vector<double, 4>>(row, columns, width, 4, output);
    for (size_t c = 0; c < channels; c++) {
      for (size_t x = 0; x < width; x++) {
        output[x * channels + c] = weigh<kTaps, double>(row + columns->first[x] * channels + c, channels,
                                                        columns->weightsOf(x), columns->count[x]);
      }
    }
  }

 private:
  template <typename Value>
  static DEEPHEALTH_INLINE void pixels(const double* row, const AxisSamples* columns, size_t width, size_t channels,
                                       double* output) {
    const double* weights = columns->weights.data();
    const size_t* first = columns->first.data();
    const size_t* count = columns->count.data();
    const size_t stride = columns->stride;
    for (size_t x = 0; x < width; x++, weights += stride) {
      store(output + x * channels, weigh<kTaps, Value>(row + first[x] * channels, channels, weights, count[x]));
    }
  }
};

/** `floor(exact / denominator + 1/2)` within the range of T; FP32 is only rounded. */
template <typename T>
struct RoundRow {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const double* __restrict exact, size_t length, double denominator,
                                    T* __restrict output) {
    if constexpr (std::is_floating_point_v<T>) {
      for (size_t i = 0; i < length; i++) output[i] = static_cast<float>(exact[i]);
    } else {
      constexpr auto kLowest = static_cast<double>(std::numeric_limits<T>::min());
      constexpr auto kHighest = static_cast<int32_t>(std::numeric_limits<T>::max()) - static_cast<int32_t>(kLowest);
      // From the lowest value on, so that truncation is floor. The quotient of integers is a multiple
      // of 1 / denominator; a quarter of that unit more takes it away from where a product with the
      // rounded reciprocal could fall below an integer. Beyond 2^32 that is no longer certain.
      const double offset = denominator / 2 - kLowest * denominator;
      if (denominator < 4294967296.0) {
        const double reciprocal = 1 / denominator;
        for (size_t i = 0; i < length; i++) {
          const double fromLowest = exact[i] + offset;
          const double positive = fromLowest > 0 ? fromLowest : 0;
          const auto level32 = static_cast<int32_t>((positive + 0.25) * reciprocal);
          output[i] = static_cast<T>((level32 < kHighest ? level32 : kHighest) + static_cast<int32_t>(kLowest));
        }
      } else {
        for (size_t i = 0; i < length; i++) {
          const double fromLowest = exact[i] + offset;
          const double positive = fromLowest > 0 ? fromLowest : 0;
          const auto level32 = static_cast<int32_t>(positive / denominator);
          output[i] = static_cast<T>((level32 < kHighest ? level32 : kHighest) + static_cast<int32_t>(kLowest));
        }
      }
    }
  }
};

}  // namespace

template <typename T>
Resizer<T>::Resizer(const ResizeWish& wish, const T* pixels) : wish_(wish), pixels_(pixels) {
  if (isNearest(wish)) {
    const bool isCentred = wish.interpolation == Interpolation::kNearest;
    nearestColumns_ = nearestSamples(wish.fromWidth, wish.toWidth, isCentred);
    nearestRows_ = nearestSamples(wish.fromHeight, wish.toHeight, isCentred);
    return;
  }
  const bool isInteger = !std::is_floating_point_v<T>;
  const bool isEnlarged = wish.toWidth > wish.fromWidth || wish.toHeight > wish.fromHeight;
  columns_ = axisSamples({wish.interpolation, wish.fromWidth, wish.toWidth, isEnlarged, isInteger});
  rows_ = axisSamples({wish.interpolation, wish.fromHeight, wish.toHeight, isEnlarged, isInteger});
  weighed_.resize(static_cast<size_t>(wish.fromWidth * wish.channels) + kPadding);
  exact_.resize(static_cast<size_t>(wish.toWidth * wish.channels) + kPadding);
  sources_.resize(rows_.stride);
  isForBytes_ = sizeof(T) == 1 && canWeighBytes(rows_);
}

template <typename T>
void Resizer<T>::row(size_t y, T* output) {
  if (isNearest(wish_)) return nearestRow(y, output);
  const auto channels = static_cast<size_t>(wish_.channels);
  const size_t length = static_cast<size_t>(wish_.fromWidth) * channels;
  const size_t count = rows_.count[y];
  for (size_t k = 0; k < count; k++) sources_[k] = pixels_ + (rows_.first[y] + k) * length;
  weighRows(rows_.weightsOf(y), count, length);
  const auto width = static_cast<size_t>(wish_.toWidth);
  const double* weighed = weighed_.data();
  const AxisSamples* columns = &columns_;
  if (columns_.stride == 2) dispatch<WeighColumns<2>>(weighed, columns, width, channels, exact_.data());
  else if (columns_.stride == 4) dispatch<WeighColumns<4>>(weighed, columns, width, channels, exact_.data());
  else dispatch<WeighColumns<0>>(weighed, columns, width, channels, exact_.data());
  dispatch<RoundRow<T>>(static_cast<const double*>(exact_.data()), width * channels,
                        rows_.denominator * columns_.denominator, output);
}

template <typename T>
void Resizer<T>::weighRows(const double* weights, size_t count, size_t length) {
  const T* const* sources = sources_.data();
  if constexpr (sizeof(T) == 1) {
    if (isForBytes_) return weighBytes(sources, weights, count, length, weighed_.data());
  }
  dispatch<WeighRows<T>>(sources, weights, count, length, weighed_.data());
}

template <typename T>
void Resizer<T>::nearestRow(size_t y, T* output) const {
  const auto channels = static_cast<size_t>(wish_.channels);
  const T* line = pixels_ + nearestRows_[y] * static_cast<size_t>(wish_.fromWidth) * channels;
  if (channels == 1) {
    for (size_t x = 0; x < nearestColumns_.size(); x++) output[x] = line[nearestColumns_[x]];
  } else if (channels == 3) {
    for (size_t x = 0; x < nearestColumns_.size(); x++) {
      const T* from = line + nearestColumns_[x] * 3;
      for (size_t c = 0; c < 3; c++) output[3 * x + c] = from[c];
    }
  } else {
    for (size_t x = 0; x < nearestColumns_.size(); x++) {
      std::copy_n(line + nearestColumns_[x] * channels, channels, output + x * channels);
    }
  }
}

template class Resizer<uint8_t>;
template class Resizer<uint16_t>;
template class Resizer<int16_t>;
template class Resizer<float>;

}  // namespace deephealth
