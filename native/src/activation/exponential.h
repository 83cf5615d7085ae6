// exp in FP64, the same bits on every processor and in TypeScript (lib/activation/exponential.ts, which
// has the definition).
#pragma once

#include <cstdint>
#include <cstring>

#include "../simd.h"

namespace deephealth {

/** Added to a number of up to 51 bits and subtracted again, it rounds to an integer, ties to even. */
constexpr double kRounding = 6755399441055744.0;

/** 2^k from k + kRounding, for k within [-1022, 1023]. */
DEEPHEALTH_INLINE double powerOfTwo(double shifted) {
  uint64_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 1023) << 52;
  double power;
  std::memcpy(&power, &bits, sizeof power);
  return power;
}

/** Within one unit in the last place. */
DEEPHEALTH_INLINE double exponential(double x) {
  const double low = x < -746.0 ? -746.0 : x;
  const double bounded = low > 710.0 ? 710.0 : low;
  const double k = (bounded * 1.4426950408889634 + kRounding) - kRounding;
  const double r = (bounded - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
  double sum = 1.0 / 6227020800.0;
  sum = sum * r + 1.0 / 479001600.0;
  sum = sum * r + 1.0 / 39916800.0;
  sum = sum * r + 1.0 / 3628800.0;
  sum = sum * r + 1.0 / 362880.0;
  sum = sum * r + 1.0 / 40320.0;
  sum = sum * r + 1.0 / 5040.0;
  sum = sum * r + 1.0 / 720.0;
  sum = sum * r + 1.0 / 120.0;
  sum = sum * r + 1.0 / 24.0;
  sum = sum * r + 1.0 / 6.0;
  sum = sum * r + 0.5;
  sum = sum * r + 1.0;
  sum = sum * r + 1.0;
  // In two factors, so that results below the normal numbers are rounded once.
  const double half = k * 0.5 + kRounding;
  return sum * powerOfTwo(half) * powerOfTwo((k - (half - kRounding)) + kRounding);
}

}  // namespace deephealth
