// Sums in a fixed order that processors can keep up with: element i is added to partial sum i mod 8, in
// index order, and the eight are added as ((0+4)+(2+6)) + ((1+5)+(3+7)).
#pragma once

#include <cstddef>

#include "vectors.h"

namespace deephealth {

constexpr size_t kLanes = 8;
using Lanes = Vector<double, kLanes>;

/** Eight elements as FP64. */
template <typename T>
DEEPHEALTH_INLINE Lanes lanesFrom(const T* from) {
  return __builtin_convertvector((load<Vector<T, kLanes>>(from)), Lanes);
}

DEEPHEALTH_INLINE double total(const Lanes& sums) {
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

template <typename T>
DEEPHEALTH_INLINE double laneSum(const T* row, size_t length) {
  Lanes sums = {};
  size_t i = 0;
  for (; i + kLanes <= length; i += kLanes) sums += lanesFrom(row + i);
  for (size_t lane = 0; i < length; i++, lane++) sums[lane] += static_cast<double>(row[i]);
  return total(sums);
}

/** The sum of the squared differences from `mean`. */
template <typename T>
DEEPHEALTH_INLINE double laneSquares(const T* row, size_t length, double mean) {
  Lanes sums = {};
  size_t i = 0;
  for (; i + kLanes <= length; i += kLanes) {
    const Lanes difference = lanesFrom(row + i) - mean;
    sums += difference * difference;
  }
  for (size_t lane = 0; i < length; i++, lane++) {
    const double difference = static_cast<double>(row[i]) - mean;
    sums[lane] += difference * difference;
  }
  return total(sums);
}

/** The sum of `a[i] * b[i]`. */
DEEPHEALTH_INLINE double laneProduct(const double* a, const double* b, size_t length) {
  Lanes sums = {};
  size_t i = 0;
  for (; i + kLanes <= length; i += kLanes) sums += load<Lanes>(a + i) * load<Lanes>(b + i);
  for (size_t lane = 0; i < length; i++, lane++) sums[lane] += a[i] * b[i];
  return total(sums);
}

}  // namespace deephealth
