#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "../elements.h"
#include "../lane-sums.h"
#include "../simd.h"
#include "activation.h"
#include "exponential.h"

namespace deephealth {

namespace {

/** Rows, or columns of planes, taken at once. */
constexpr size_t kColumns = 64;

DEEPHEALTH_INLINE void exponentials(double* values, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = exponential(values[i]);
}

template <typename T>
DEEPHEALTH_INLINE double largestOf(const T* row, size_t length) {
  // The largest does not depend on the order, so any number of partial ones may be kept.
  Lanes largest = Lanes{} - std::numeric_limits<double>::infinity();
  size_t i = 0;
  for (; i + kLanes <= length; i += kLanes) {
    const Lanes x = lanesFrom(row + i);
    largest = x > largest ? x : largest;
  }
  double found = -std::numeric_limits<double>::infinity();
  for (size_t lane = 0; lane < kLanes; lane++) found = largest[lane] > found ? largest[lane] : found;
  for (; i < length; i++) found = static_cast<double>(row[i]) > found ? static_cast<double>(row[i]) : found;
  return found;
}

/** Elements of a row side by side. `scratch` has `rowsAtOnce * rowLength` elements. */
template <typename In, typename Out>
struct SoftmaxRows {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const In* input, size_t rows, size_t rowLength, size_t rowsAtOnce,
                                    double* __restrict scratch, Out* output) {
    for (size_t start = 0; start < rows; start += rowsAtOnce) {
      const size_t count = std::min(rowsAtOnce, rows - start);
      const In* from = input + start * rowLength;
      Out* to = output + start * rowLength;
      for (size_t row = 0; row < count; row++) {
        const double largest = largestOf(from + row * rowLength, rowLength);
        for (size_t i = row * rowLength; i < (row + 1) * rowLength; i++) {
          scratch[i] = static_cast<double>(from[i]) - largest;
        }
      }
      exponentials(scratch, count * rowLength);
      for (size_t row = 0; row < count; row++) {
        const double sum = laneSum(scratch + row * rowLength, rowLength);
        for (size_t i = row * rowLength; i < (row + 1) * rowLength; i++) to[i] = static_cast<Out>(scratch[i] / sum);
      }
    }
  }
};

/** Elements of a row `inner` apart. `scratch` has `rowLength * kColumns` elements. */
template <typename In, typename Out>
struct SoftmaxPlanes {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const In* input, size_t outer, size_t rowLength, size_t inner,
                                    double* __restrict scratch, Out* output) {
    for (size_t block = 0; block < outer; block++, input += rowLength * inner, output += rowLength * inner) {
      for (size_t column = 0; column < inner; column += kColumns) {
        columns(input + column, rowLength, inner, std::min(kColumns, inner - column), scratch, output + column);
      }
    }
  }

 private:
  static DEEPHEALTH_INLINE void columns(const In* from, size_t rowLength, size_t inner, size_t count,
                                        double* __restrict scratch, Out* to) {
    double largest[kColumns], sums[kLanes][kColumns];
    for (double& value : largest) value = -std::numeric_limits<double>::infinity();
    for (auto& lane : sums) {
      for (double& value : lane) value = 0;
    }
    for (size_t k = 0; k < rowLength; k++) {
      for (size_t i = 0; i < count; i++) {
        const auto x = static_cast<double>(from[k * inner + i]);
        largest[i] = x > largest[i] ? x : largest[i];
      }
    }
    for (size_t k = 0; k < rowLength; k++) {
      double* row = scratch + k * kColumns;
      double* sum = sums[k % kLanes];
      for (size_t i = 0; i < count; i++) row[i] = exponential(static_cast<double>(from[k * inner + i]) - largest[i]);
      for (size_t i = 0; i < count; i++) sum[i] += row[i];
    }
    for (size_t i = 0; i < kColumns; i++) {
      sums[0][i] = ((sums[0][i] + sums[4][i]) + (sums[2][i] + sums[6][i])) +
                   ((sums[1][i] + sums[5][i]) + (sums[3][i] + sums[7][i]));
    }
    for (size_t k = 0; k < rowLength; k++) {
      const double* row = scratch + k * kColumns;
      for (size_t i = 0; i < count; i++) to[k * inner + i] = static_cast<Out>(row[i] / sums[0][i]);
    }
  }
};

template <typename In, typename Out>
struct Sigmoid {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const In* input, size_t length, Out* output) {
#pragma GCC ivdep
    for (size_t i = 0; i < length; i++) {
      const auto x = static_cast<double>(input[i]);
      const double e = exponential(-std::fabs(x));
      output[i] = static_cast<Out>((x < 0 ? e : 1.0) / (1 + e));
    }
  }
};

}  // namespace

// softmax(input, rowLength, inner, output)
Napi::Value softmax(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const AnyTypedArray input = anyTypedArray(info, 0, "the input");
  const int64_t rowLength = integer(info, 1, "the row", 1, int64_t{1} << 31);
  const int64_t inner = integer(info, 2, "the inner extent", 1, int64_t{1} << 52);
  const AnyTypedArray output = anyTypedArray(info, 3, "the output");
  requireLength(env, "the output", output.length, input.length);
  const size_t outer = wholeRows(env, input.length, product(env, {rowLength, inner}));
  requireSameOrApart(env, input, output);
  // Scratch is as long as a row, and of no rows the length is anything.
  if (input.length == 0) return env.Undefined();
  const auto length = static_cast<size_t>(rowLength);
  guarded(env, [&] {
    const size_t rowsAtOnce = std::max<size_t>(1, 2048 / length);
    std::vector<double> scratch(inner > 1 ? length * kColumns : rowsAtOnce * length);
    withFloats(env, "the input", input, [&](const auto* from) {
      using In = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
      withFloats(env, "the output", output, [&](auto* to) {
        using Out = std::remove_pointer_t<decltype(to)>;
        if (inner == 1) dispatch<SoftmaxRows<In, Out>>(from, outer, length, rowsAtOnce, scratch.data(), to);
        else
          dispatch<SoftmaxPlanes<In, Out>>(from, outer, length, static_cast<size_t>(inner), scratch.data(), to);
      });
    });
  });
  return env.Undefined();
}

// sigmoid(input, output)
Napi::Value sigmoid(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const AnyTypedArray input = anyTypedArray(info, 0, "the input");
  const AnyTypedArray output = anyTypedArray(info, 1, "the output");
  requireLength(env, "the output", output.length, input.length);
  requireSameOrApart(env, input, output);
  withFloats(env, "the input", input, [&](const auto* from) {
    using In = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
    withFloats(env, "the output", output, [&](auto* to) {
      dispatch<Sigmoid<In, std::remove_pointer_t<decltype(to)>>>(from, input.length, to);
    });
  });
  return env.Undefined();
}

}  // namespace deephealth
