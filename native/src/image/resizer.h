// Resizes an image row by row of the output, so that what follows can take rows from the cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "axis-samples.h"

namespace deephealth {

struct ResizeWish {
  Interpolation interpolation;
  int64_t fromWidth, fromHeight, channels, toWidth, toHeight;
};

template <typename T>
class Resizer {
 public:
  /** No extent is 0. `pixels` outlives it. */
  Resizer(const ResizeWish& wish, const T* pixels);

  /** Writes row `y` of the output. */
  void row(size_t y, T* output);

 private:
  void nearestRow(size_t y, T* output) const;
  void weighRows(const double* weights, size_t count, size_t length);

  ResizeWish wish_;
  const T* pixels_;
  AxisSamples columns_, rows_;
  std::vector<size_t> nearestColumns_, nearestRows_;
  /** A row of the input's width, weighed over its rows. */
  std::vector<double> weighed_;
  /** The output's row before it is rounded. */
  std::vector<double> exact_;
  std::vector<const T*> sources_;
  bool isForBytes_ = false;
};

}  // namespace deephealth
