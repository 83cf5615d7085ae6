#include "blending.h"

#include <limits>
#include <vector>

#include "../arguments.h"
#include "../scratch.h"
#include "../simd.h"

namespace deephealth {

namespace {

constexpr int64_t kMostExtent = INT32_MAX;

/** Rows that wait for further tiles: a ring of `rows` slots of [channels][height][width] sums. */
struct Window {
  double* sums;
  double* weights;
  size_t rows;
  size_t channels;
  size_t height;
  size_t width;

  size_t plane() const { return height * width; }
};

struct Tile {
  const float* values;
  size_t rows;
  size_t height;
  size_t width;
  size_t slot;
  size_t top;
  size_t left;
};

struct AxisWeights {
  const double* rows;
  const double* height;
  const double* width;
  double minimum;
};

struct WeighLine {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void weigh(const double* __restrict across, double along, double minimum, size_t length,
                                      double* __restrict line, double* __restrict total) {
    for (size_t x = 0; x < length; x++) {
      const double product = along * across[x];
      // As Math.max: NaN stays NaN. The minimum is positive, so zeros of either sign give way to it.
      const double weight = product <= minimum ? minimum : product;
      line[x] = weight;
      total[x] += weight;
    }
  }

  template <SimdLevel level>
  static DEEPHEALTH_INLINE void add(const double* __restrict line, const float* __restrict values, size_t length,
                                    double* __restrict sums) {
    for (size_t x = 0; x < length; x++) sums[x] += line[x] * static_cast<double>(values[x]);
  }
};

struct Accumulate {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const Window* window, const Tile* tile, const AxisWeights* weights, double* line) {
    for (size_t r = 0; r < tile->rows; r++) {
      const size_t slot = (tile->slot + r) % window->rows;
      for (size_t y = 0; y < tile->height; y++) {
        const size_t at = (tile->top + y) * window->width + tile->left;
        const double along = weights->rows[r] * weights->height[y];
        WeighLine::weigh<level>(weights->width, along, weights->minimum, tile->width, line,
                                window->weights + slot * window->plane() + at);
        for (size_t c = 0; c < window->channels; c++) {
          WeighLine::add<level>(line, tile->values + ((c * tile->rows + r) * tile->height + y) * tile->width,
                                tile->width, window->sums + (slot * window->channels + c) * window->plane() + at);
        }
      }
    }
  }
};

struct Finish {
  /** A line of places: reciprocals of the weights into `line`, and how many places have none. */
  template <SimdLevel level>
  static DEEPHEALTH_INLINE size_t invert(double* __restrict weights, size_t length, double* __restrict line) {
    size_t uncovered = 0;
    for (size_t x = 0; x < length; x++) {
      const double weight = weights[x];
      uncovered += weight == 0 ? 1 : 0;
      line[x] = weight == 0 ? std::numeric_limits<double>::quiet_NaN() : 1 / weight;
      weights[x] = 0;
    }
    return uncovered;
  }

  template <SimdLevel level>
  static DEEPHEALTH_INLINE void scale(double* __restrict sums, const double* __restrict line, size_t length,
                                      float* __restrict output) {
    for (size_t x = 0; x < length; x++) {
      output[x] = static_cast<float>(sums[x] * line[x]);
      sums[x] = 0;
    }
  }

  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const Window* window, size_t slot, size_t count, double* line, float* output,
                                    size_t* uncovered) {
    // Slot by slot in pieces that stay in the cache while all channels pass.
    const size_t plane = window->plane();
    for (size_t r = 0; r < count; r++) {
      const size_t at = (slot + r) % window->rows;
      for (size_t begin = 0; begin < plane; begin += kPiece) {
        const size_t length = plane - begin < kPiece ? plane - begin : kPiece;
        *uncovered += invert<level>(window->weights + at * plane + begin, length, line);
        for (size_t c = 0; c < window->channels; c++) {
          scale<level>(window->sums + (at * window->channels + c) * plane + begin, line, length,
                       output + (c * count + r) * plane + begin);
        }
      }
    }
  }

  static constexpr size_t kPiece = 1024;
};

/** Arguments 0 to 5: sums, weights, rows, channels, height, width. */
Window checkedWindow(const Napi::CallbackInfo& info) {
  const auto sums = typedArray<double>(info, 0, "sums");
  const auto weights = typedArray<double>(info, 1, "weights");
  const int64_t rows = integer(info, 2, "rows", 1, kMostExtent);
  const int64_t channels = integer(info, 3, "channels", 1, kMostExtent);
  const int64_t height = integer(info, 4, "height", 1, kMostExtent);
  const int64_t width = integer(info, 5, "width", 1, kMostExtent);
  requireLength(info.Env(), "sums", sums.length, product(info.Env(), {rows, channels, height, width}));
  requireLength(info.Env(), "weights", weights.length, product(info.Env(), {rows, height, width}));
  requireApart(info.Env(), "sums", sums, {weights});
  return {sums.data,
          weights.data,
          static_cast<size_t>(rows),
          static_cast<size_t>(channels),
          static_cast<size_t>(height),
          static_cast<size_t>(width)};
}

}  // namespace

// accumulateTile(sums, weights, rows, channels, height, width, tile, slot, top, left, rowWeights,
//                heightWeights, widthWeights, minimum)
void accumulateTile(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Window window = checkedWindow(info);
  const auto values = typedArray<const float>(info, 6, "tile");
  const int64_t slot = integer(info, 7, "slot", 0, static_cast<int64_t>(window.rows) - 1);
  const int64_t top = integer(info, 8, "top", 0, kMostExtent);
  const int64_t left = integer(info, 9, "left", 0, kMostExtent);
  const auto rowWeights = typedArray<const double>(info, 10, "rowWeights");
  const auto heightWeights = typedArray<const double>(info, 11, "heightWeights");
  const auto widthWeights = typedArray<const double>(info, 12, "widthWeights");
  const double minimum = number(info, 13, "minimum");
  if (!(minimum > 0)) throw Napi::RangeError::New(env, "minimum is outside its range");
  const Tile tile{values.data,
                  rowWeights.length,
                  heightWeights.length,
                  widthWeights.length,
                  static_cast<size_t>(slot),
                  static_cast<size_t>(top),
                  static_cast<size_t>(left)};
  if (tile.rows > window.rows || tile.top + tile.height > window.height || tile.left + tile.width > window.width) {
    throw Napi::RangeError::New(env, "the tile does not lie inside the window");
  }
  requireLength(env, "tile", values.length,
                product(env, {static_cast<int64_t>(window.channels), static_cast<int64_t>(tile.rows),
                              static_cast<int64_t>(tile.height), static_cast<int64_t>(tile.width)}));
  const Region sums = typedArray<double>(info, 0, "sums");
  const Region totals = typedArray<double>(info, 1, "weights");
  requireApart(env, "sums", sums, {values, rowWeights, heightWeights, widthWeights});
  requireApart(env, "weights", totals, {values, rowWeights, heightWeights, widthWeights});
  const AxisWeights weights{rowWeights.data, heightWeights.data, widthWeights.data, minimum};
  withScratch(env, [&] {
    std::vector<double> line(tile.width);
    dispatch<Accumulate, const Window*, const Tile*, const AxisWeights*, double*>(&window, &tile, &weights,
                                                                                 line.data());
  });
}

// finishRows(sums, weights, rows, channels, height, width, slot, count, output): how many places have no weight
Napi::Value finishRows(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Window window = checkedWindow(info);
  const int64_t slot = integer(info, 6, "slot", 0, static_cast<int64_t>(window.rows) - 1);
  const int64_t count = integer(info, 7, "count", 0, static_cast<int64_t>(window.rows));
  const auto output = typedArray<float>(info, 8, "output");
  requireLength(env, "output", output.length,
                product(env, {count, static_cast<int64_t>(window.channels), static_cast<int64_t>(window.height),
                              static_cast<int64_t>(window.width)}));
  requireApart(env, "output", output, {typedArray<double>(info, 0, "sums"), typedArray<double>(info, 1, "weights")});
  double line[Finish::kPiece];
  size_t uncovered = 0;
  dispatch<Finish, const Window*, size_t, size_t, double*, float*, size_t*>(
      &window, static_cast<size_t>(slot), static_cast<size_t>(count), line, output.data, &uncovered);
  return Napi::Number::New(env, static_cast<double>(uncovered));
}

}  // namespace deephealth
