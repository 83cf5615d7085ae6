#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

#include "../elements.h"
#include "../simd.h"
#include "volume.h"

namespace deephealth {

namespace {

/** Longer sides do not occur, and indices of 64 bits hold every product below. */
constexpr int64_t kLongestSide = int64_t{1} << 20;
constexpr size_t kBlock = 128;

struct Grid {
  /** x, y, z. */
  int64_t extents[3];
};

/** Rows of output index to input index: `m[0] * i + (m[1] * j + (m[2] * k + m[3]))`. */
struct Transform {
  double rows[3][4];
  bool isAligned() const {
    for (size_t row = 0; row < 3; row++) {
      for (size_t column = 0; column < 3; column++) {
        if (row != column && rows[row][column] != 0) return false;
      }
    }
    return true;
  }
};

/** Where a coordinate falls on an axis. */
struct Place {
  bool isInside;
  int64_t first, second;
  double fraction;
};

DEEPHEALTH_INLINE Place placeOf(double p, int64_t extent) {
  const auto last = static_cast<double>(extent - 1);
  // Without a branch, so that several are placed at once.
  const bool isInside = (p >= -0.5) & (p < last + 0.5);
  const double raised = p > 0 ? p : 0;
  const double bounded = raised < last ? raised : last;
  const double floor = std::floor(bounded);
  const auto first = static_cast<int64_t>(floor);
  return {isInside, first, first + 1 < extent ? first + 1 : first, bounded - floor};
}

DEEPHEALTH_INLINE double blend(double a, double b, double t) { return a + (b - a) * t; }

/** One line of the input, blended of four along z and then y. */
template <typename T>
struct BlendLines {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const T* a, const T* b, const T* c, const T* d, double ty, double tz,
                                    size_t length, double* __restrict output) {
    for (size_t i = 0; i < length; i++) {
      const double near = blend(static_cast<double>(a[i]), static_cast<double>(c[i]), tz);
      const double far = blend(static_cast<double>(b[i]), static_cast<double>(d[i]), tz);
      output[i] = blend(near, far, ty);
    }
  }
};

struct Columns {
  std::vector<int32_t> first, second;
  std::vector<double> fraction;
  /** The outputs whose columns lie inside, and the columns that they need. */
  size_t begin = 0, end = 0;
  size_t lowest = 0, highest = 0;
};

struct BlendColumns {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const double* line, const int32_t* first, const int32_t* second,
                                    const double* fraction, size_t count, float* __restrict output) {
    for (size_t i = 0; i < count; i++) {
      output[i] = static_cast<float>(blend(line[first[i]], line[second[i]], fraction[i]));
    }
  }
};

Columns columnsOf(const Transform& transform, int64_t from, int64_t to) {
  Columns columns;
  columns.first.resize(to);
  columns.second.resize(to);
  columns.fraction.resize(to);
  const double* m = transform.rows[0];
  bool isFound = false;
  for (int64_t i = 0; i < to; i++) {
    const Place place = placeOf(m[0] * static_cast<double>(i) + m[3], from);
    columns.first[i] = static_cast<int32_t>(place.first);
    columns.second[i] = static_cast<int32_t>(place.second);
    columns.fraction[i] = place.fraction;
    if (!place.isInside) continue;
    // Coordinates rise or fall along the axis, so those inside are one run.
    if (!isFound) columns.begin = static_cast<size_t>(i);
    columns.end = static_cast<size_t>(i) + 1;
    const auto low = static_cast<size_t>(place.first), high = static_cast<size_t>(place.second);
    columns.lowest = isFound ? std::min(columns.lowest, low) : low;
    columns.highest = isFound ? std::max(columns.highest, high) : high;
    isFound = true;
  }
  return columns;
}

template <typename T>
void resampleAligned(const T* input, const Grid& from, const Transform& transform, const Grid& to, float outside,
                     float* output) {
  const Columns columns = columnsOf(transform, from.extents[0], to.extents[0]);
  std::vector<double> line(from.extents[0]);
  const auto width = static_cast<size_t>(to.extents[0]);
  const int64_t rowStep = from.extents[0], planeStep = rowStep * from.extents[1];
  for (int64_t k = 0; k < to.extents[2]; k++) {
    const Place z = placeOf(transform.rows[2][2] * static_cast<double>(k) + transform.rows[2][3], from.extents[2]);
    for (int64_t j = 0; j < to.extents[1]; j++, output += width) {
      const Place y = placeOf(transform.rows[1][1] * static_cast<double>(j) + transform.rows[1][3], from.extents[1]);
      if (!z.isInside || !y.isInside || columns.begin == columns.end) {
        std::fill(output, output + width, outside);
        continue;
      }
      const T* base = input + columns.lowest;
      dispatch<BlendLines<T>>(base + z.first * planeStep + y.first * rowStep,
                              base + z.first * planeStep + y.second * rowStep,
                              base + z.second * planeStep + y.first * rowStep,
                              base + z.second * planeStep + y.second * rowStep, y.fraction, z.fraction,
                              columns.highest - columns.lowest + 1, line.data() + columns.lowest);
      std::fill(output, output + columns.begin, outside);
      dispatch<BlendColumns>(static_cast<const double*>(line.data()), columns.first.data() + columns.begin,
                             columns.second.data() + columns.begin, columns.fraction.data() + columns.begin,
                             columns.end - columns.begin, output + columns.begin);
      std::fill(output + columns.end, output + width, outside);
    }
  }
}

/** `count` outputs along x: where they fall, then the eight samples around each, then their blends. */
template <typename T>
struct BlendAny {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const T* input, const int64_t* extents, const double* m, const double* offsets,
                                    size_t start, size_t count, float outside, float* __restrict output) {
    int64_t base[kBlock], dx[kBlock], dy[kBlock], dz[kBlock];
    double tx[kBlock], ty[kBlock], tz[kBlock], inside[kBlock];
    double corners[8][kBlock];
    const int64_t rowStep = extents[0], planeStep = rowStep * extents[1];
    for (size_t i = 0; i < count; i++) {
      const auto at = static_cast<double>(start + i);
      const Place x = placeOf(m[0] * at + offsets[0], extents[0]);
      const Place y = placeOf(m[4] * at + offsets[1], extents[1]);
      const Place z = placeOf(m[8] * at + offsets[2], extents[2]);
      inside[i] = x.isInside & y.isInside & z.isInside ? 1.0 : 0.0;
      base[i] = x.first + y.first * rowStep + z.first * planeStep;
      dx[i] = x.second - x.first;
      dy[i] = (y.second - y.first) * rowStep;
      dz[i] = (z.second - z.first) * planeStep;
      tx[i] = x.fraction;
      ty[i] = y.fraction;
      tz[i] = z.fraction;
    }
    for (size_t i = 0; i < count; i++) {
      const T* near = input + base[i];
      const T* far = near + dz[i];
      corners[0][i] = static_cast<double>(near[0]);
      corners[1][i] = static_cast<double>(near[dx[i]]);
      corners[2][i] = static_cast<double>(near[dy[i]]);
      corners[3][i] = static_cast<double>(near[dy[i] + dx[i]]);
      corners[4][i] = static_cast<double>(far[0]);
      corners[5][i] = static_cast<double>(far[dx[i]]);
      corners[6][i] = static_cast<double>(far[dy[i]]);
      corners[7][i] = static_cast<double>(far[dy[i] + dx[i]]);
    }
    for (size_t i = 0; i < count; i++) {
      const double left = blend(blend(corners[0][i], corners[4][i], tz[i]), blend(corners[2][i], corners[6][i], tz[i]),
                                ty[i]);
      const double right = blend(blend(corners[1][i], corners[5][i], tz[i]), blend(corners[3][i], corners[7][i], tz[i]),
                                 ty[i]);
      const double value = blend(left, right, tx[i]);
      output[i] = inside[i] > 0 ? static_cast<float>(value) : outside;
    }
  }
};

template <typename T>
void resampleAny(const T* input, const Grid& from, const Transform& transform, const Grid& to, float outside,
                 float* output) {
  const auto width = static_cast<size_t>(to.extents[0]);
  for (int64_t k = 0; k < to.extents[2]; k++) {
    for (int64_t j = 0; j < to.extents[1]; j++, output += width) {
      double offsets[3];
      for (size_t row = 0; row < 3; row++) {
        const double* m = transform.rows[row];
        offsets[row] = m[1] * static_cast<double>(j) + (m[2] * static_cast<double>(k) + m[3]);
      }
      for (size_t start = 0; start < width; start += kBlock) {
        const int64_t* extents = from.extents;
        const double* m = transform.rows[0];
        const double* shared = offsets;
        dispatch<BlendAny<T>>(input, extents, m, shared, start, std::min(kBlock, width - start), outside,
                              output + start);
      }
    }
  }
}

struct NearestRow {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const int64_t* extents, const double* m, const double* offsets, size_t start,
                                    size_t count, int64_t* __restrict places) {
    const int64_t rowStep = extents[0], planeStep = rowStep * extents[1];
    for (size_t i = 0; i < count; i++) {
      const auto at = static_cast<double>(start + i);
      const double x = std::floor(m[0] * at + offsets[0] + 0.5);
      const double y = std::floor(m[4] * at + offsets[1] + 0.5);
      const double z = std::floor(m[8] * at + offsets[2] + 0.5);
      const bool isInside = (x >= 0) & (x < static_cast<double>(extents[0])) & (y >= 0) &
                            (y < static_cast<double>(extents[1])) & (z >= 0) & (z < static_cast<double>(extents[2]));
      const double place = x + (y * static_cast<double>(rowStep) + z * static_cast<double>(planeStep));
      places[i] = static_cast<int64_t>(isInside ? place : -1.0);
    }
  }
};

template <typename T>
void resampleNearest(const T* input, const Grid& from, const Transform& transform, const Grid& to, T outside,
                     T* output) {
  const auto width = static_cast<size_t>(to.extents[0]);
  int64_t places[kBlock];
  for (int64_t k = 0; k < to.extents[2]; k++) {
    for (int64_t j = 0; j < to.extents[1]; j++, output += width) {
      double offsets[3];
      for (size_t row = 0; row < 3; row++) {
        const double* m = transform.rows[row];
        offsets[row] = m[1] * static_cast<double>(j) + (m[2] * static_cast<double>(k) + m[3]);
      }
      for (size_t start = 0; start < width; start += kBlock) {
        const size_t count = std::min(kBlock, width - start);
        const int64_t* extents = from.extents;
        const double* m = transform.rows[0];
        const double* shared = offsets;
        dispatch<NearestRow>(extents, m, shared, start, count, static_cast<int64_t*>(places));
        for (size_t i = 0; i < count; i++) output[start + i] = places[i] < 0 ? outside : input[places[i]];
      }
    }
  }
}

Grid gridOf(const Napi::CallbackInfo& info, size_t first, int64_t smallest) {
  Grid grid{};
  for (size_t axis = 0; axis < 3; axis++) {
    grid.extents[axis] = integer(info, first + axis, "an extent", smallest, kLongestSide);
  }
  return grid;
}

size_t elementsOf(Napi::Env env, const Grid& grid) {
  return product(env, {grid.extents[0], grid.extents[1], grid.extents[2]});
}

}  // namespace

// resampleVolume(input, x, y, z, transform, toX, toY, toZ, isNearest, outside, output)
Napi::Value resampleVolume(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const AnyTypedArray input = anyTypedArray(info, 0, "the input");
  const Grid from = gridOf(info, 1, 1);
  const auto matrix = typedArray<const double>(info, 4, "the transform");
  const Grid to = gridOf(info, 5, 0);
  const bool isNearest = boolean(info, 8, "the interpolation");
  const double outside = number(info, 9, "the value outside");
  const AnyTypedArray output = anyTypedArray(info, 10, "the output");
  requireLength(env, "the transform", matrix.length, 12);
  requireLength(env, "the input", input.length, elementsOf(env, from));
  requireLength(env, "the output", output.length, elementsOf(env, to));
  Transform transform{};
  for (size_t i = 0; i < 12; i++) {
    transform.rows[i / 4][i % 4] = matrix.data[i];
    if (!std::isfinite(matrix.data[i])) throw Napi::RangeError::New(env, "the transform is not finite");
  }
  if (isNearest && output.type != input.type) throw Napi::TypeError::New(env, "the output has another element type");
  if (!isNearest && output.type != napi_float32_array) throw Napi::TypeError::New(env, "the output needs FP32 elements");
  requireApart(env, "the output", output, {input});
  // Two sides may be as long as they like where the third is 0.
  if (output.length == 0) return env.Undefined();
  guarded(env, [&] {
    withNumbers(env, "the input", input, [&](const auto* data) {
      using T = std::remove_const_t<std::remove_pointer_t<decltype(data)>>;
      if (isNearest) {
        T* target = static_cast<T*>(output.data);
        const T element = toElement<T>(outside);
        if (!std::is_floating_point_v<T> && static_cast<double>(element) != outside) {
          throw Napi::RangeError::New(env, "the value outside does not fit the elements");
        }
        return resampleNearest(data, from, transform, to, element, target);
      }
      float* target = static_cast<float*>(output.data);
      if (transform.isAligned()) resampleAligned(data, from, transform, to, static_cast<float>(outside), target);
      else
        resampleAny(data, from, transform, to, static_cast<float>(outside), target);
    });
  });
  return env.Undefined();
}

}  // namespace deephealth
