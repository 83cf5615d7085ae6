// Kernels over rows. An output may be the input itself, which is why nothing here is restrict: an
// element is read before the one at its place is written.
#include <algorithm>
#include <cmath>
#include <vector>

#include "../elements.h"
#include "../image/affine.h"
#include "../lane-sums.h"
#include "../simd.h"
#include "intensity.h"

namespace deephealth {

namespace {

template <typename In, typename Out>
struct Standardize {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const In* input, size_t length, const double* mean, const double* std,
                                    size_t period, Out* output) {
    for (size_t start = 0; start < length; start += period) {
      const size_t count = std::min(period, length - start);
      const In* from = input + start;
      Out* to = output + start;
#pragma GCC ivdep
      for (size_t i = 0; i < count; i++) {
        to[i] = static_cast<Out>((static_cast<double>(from[i]) - mean[i]) / std[i]);
      }
    }
  }
};

template <typename In, typename Out>
struct RemoveMean {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const In* input, size_t rows, size_t rowLength, Out* output) {
    for (size_t row = 0; row < rows; row++, input += rowLength, output += rowLength) {
      const double mean = laneSum(input, rowLength) / static_cast<double>(rowLength);
#pragma GCC ivdep
      for (size_t i = 0; i < rowLength; i++) output[i] = static_cast<Out>(static_cast<double>(input[i]) - mean);
    }
  }
};

template <typename In, typename Out>
struct ZScore {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const In* input, size_t rows, size_t rowLength, double epsilon, Out* output) {
    const auto count = static_cast<double>(rowLength);
    for (size_t row = 0; row < rows; row++, input += rowLength, output += rowLength) {
      const double mean = laneSum(input, rowLength) / count;
      const double deviation = std::sqrt(laneSquares(input, rowLength, mean) / count);
      // NaN stays.
      const double divisor = deviation < epsilon ? epsilon : deviation;
#pragma GCC ivdep
      for (size_t i = 0; i < rowLength; i++) {
        output[i] = static_cast<Out>((static_cast<double>(input[i]) - mean) / divisor);
      }
    }
  }
};

template <typename In, typename Out>
struct Clip {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const In* input, size_t length, double minimum, double maximum, Out* output) {
#pragma GCC ivdep
    for (size_t i = 0; i < length; i++) {
      const auto x = static_cast<double>(input[i]);
      // A minimum of 0 is above -0.
      const double raised = x <= minimum ? minimum : x;
      output[i] = static_cast<Out>(raised > maximum ? maximum : raised);
    }
  }
};

/** Checks input and output, and calls `work` with typed pointers. */
template <typename Work>
void withRows(const Napi::CallbackInfo& info, size_t outputIndex, Work work) {
  const Napi::Env env = info.Env();
  const AnyTypedArray input = anyTypedArray(info, 0, "the input");
  const AnyTypedArray output = anyTypedArray(info, outputIndex, "the output");
  requireLength(env, "the output", output.length, input.length);
  requireSameOrApart(env, input, output);
  withFloats(env, "the input", input, [&](const auto* from) {
    withFloats(env, "the output", output, [&](auto* to) { work(from, input.length, to); });
  });
}

}  // namespace

// standardize(input, mean, std, output)
Napi::Value standardize(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto mean = typedArray<const double>(info, 1, "mean");
  const auto std = typedArray<const double>(info, 2, "std");
  const size_t width = mean.length;
  if (width == 0) throw Napi::RangeError::New(env, "a row needs an element");
  requireLength(env, "std", std.length, width);
  guarded(env, [&] {
    // Short rows are repeated until a vector finds enough of them.
    constexpr size_t kEnough = 128;
    const size_t repeats = (kEnough + width - 1) / width;
    std::vector<double> means, stds;
    for (size_t i = 0; i < repeats; i++) {
      means.insert(means.end(), mean.data, mean.data + width);
      stds.insert(stds.end(), std.data, std.data + width);
    }
    withRows(info, 3, [&](const auto* from, size_t length, auto* to) {
      using In = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
      using Out = std::remove_pointer_t<decltype(to)>;
      const size_t rows = wholeRows(env, length, width);
      if constexpr (sizeof(In) == 4 && sizeof(Out) == 4) {
        if (from != to && length > kEnough) {
          // Images know a faster way to the same bits.
          Affine affine(1, mean.data, std.data, width);
          affine.prepare<float>(rows);
          return affine.pixels(from, rows, to);
        }
      }
      dispatch<Standardize<In, Out>>(from, length, static_cast<const double*>(means.data()),
                                     static_cast<const double*>(stds.data()), means.size(), to);
    });
  });
  return env.Undefined();
}

// removeMean(input, rowLength, output)
Napi::Value removeMean(const Napi::CallbackInfo& info) {
  const auto rowLength = static_cast<size_t>(integer(info, 1, "the row", 1, int64_t{1} << 52));
  withRows(info, 2, [&](const auto* from, size_t length, auto* to) {
    using In = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
    dispatch<RemoveMean<In, std::remove_pointer_t<decltype(to)>>>(from, wholeRows(info.Env(), length, rowLength),
                                                                  rowLength, to);
  });
  return info.Env().Undefined();
}

// zScore(input, rowLength, epsilon, output)
Napi::Value zScore(const Napi::CallbackInfo& info) {
  const auto rowLength = static_cast<size_t>(integer(info, 1, "the row", 1, int64_t{1} << 52));
  const double epsilon = number(info, 2, "epsilon");
  withRows(info, 3, [&](const auto* from, size_t length, auto* to) {
    using In = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
    dispatch<ZScore<In, std::remove_pointer_t<decltype(to)>>>(from, wholeRows(info.Env(), length, rowLength),
                                                              rowLength, epsilon, to);
  });
  return info.Env().Undefined();
}

// clip(input, minimum, maximum, output)
Napi::Value clip(const Napi::CallbackInfo& info) {
  // A bound of -0 is one of 0.
  const double minimum = number(info, 1, "the minimum") + 0.0;
  const double maximum = number(info, 2, "the maximum") + 0.0;
  withRows(info, 3, [&](const auto* from, size_t length, auto* to) {
    using In = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
    dispatch<Clip<In, std::remove_pointer_t<decltype(to)>>>(from, length, minimum, maximum, to);
  });
  return info.Env().Undefined();
}

}  // namespace deephealth
