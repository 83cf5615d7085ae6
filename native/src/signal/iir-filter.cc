#include <algorithm>
#include <vector>

#include "../elements.h"
#include "../simd.h"
#include "../vectors.h"
#include "signal.h"

namespace deephealth {

namespace {

/** Rows that are filtered at once: a sample depends on the one before it, but rows do not on each other. */
constexpr size_t kRows = 8;
constexpr size_t kBlock = 512;
constexpr size_t kCoefficients = 5;
using Rows = Vector<double, kRows>;

/** All sections over `count` samples of `kRows` rows, which lie side by side. */
struct IirBlock {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const double* coefficients, size_t sections, size_t count, double* states,
                                    double* samples) {
    size_t section = 0;
    // Two sections at once: the second works on what the first gave for the sample before.
    for (; section + 2 <= sections; section += 2) {
      pair(coefficients + section * kCoefficients, count, states + section * 2 * kRows, samples);
    }
    if (section < sections) {
      single(coefficients + section * kCoefficients, count, states + section * 2 * kRows, samples);
    }
  }

 private:
  static DEEPHEALTH_INLINE void single(const double* c, size_t count, double* states, double* samples) {
    Rows z0 = load<Rows>(states), z1 = load<Rows>(states + kRows);
    for (size_t i = 0; i < count; i++) {
      const Rows x = load<Rows>(samples + i * kRows);
      const Rows y = x * c[0] + z0;
      z0 = (x * c[1] - y * c[3]) + z1;
      z1 = x * c[2] - y * c[4];
      store(samples + i * kRows, y);
    }
    store(states, z0);
    store(states + kRows, z1);
  }

  static DEEPHEALTH_INLINE void pair(const double* c, size_t count, double* states, double* samples) {
    const double* d = c + kCoefficients;
    Rows z0 = load<Rows>(states), z1 = load<Rows>(states + kRows);
    Rows v0 = load<Rows>(states + 2 * kRows), v1 = load<Rows>(states + 3 * kRows);
    Rows before = {};
    for (size_t i = 0; i <= count; i++) {
      if (i > 0) {
        const Rows y = before * d[0] + v0;
        v0 = (before * d[1] - y * d[3]) + v1;
        v1 = before * d[2] - y * d[4];
        store(samples + (i - 1) * kRows, y);
      }
      if (i < count) {
        const Rows x = load<Rows>(samples + i * kRows);
        before = x * c[0] + z0;
        z0 = (x * c[1] - before * c[3]) + z1;
        z1 = x * c[2] - before * c[4];
      }
    }
    store(states, z0);
    store(states + kRows, z1);
    store(states + 2 * kRows, v0);
    store(states + 3 * kRows, v1);
  }
};

template <typename In, typename Out>
void filterRows(const In* input, size_t count, size_t rowLength, Span<const double> coefficients, double* states,
                std::vector<double>& samples, Out* output) {
  const size_t sections = coefficients.length / kCoefficients;
  for (size_t start = 0; start < rowLength; start += kBlock) {
    const size_t length = std::min(kBlock, rowLength - start);
    for (size_t row = 0; row < count; row++) {
      for (size_t i = 0; i < length; i++) {
        samples[i * kRows + row] = static_cast<double>(input[row * rowLength + start + i]);
      }
    }
    dispatch<IirBlock>(coefficients.data, sections, length, states, samples.data());
    for (size_t row = 0; row < count; row++) {
      for (size_t i = 0; i < length; i++) {
        output[row * rowLength + start + i] = static_cast<Out>(samples[i * kRows + row]);
      }
    }
  }
}

}  // namespace

// iirFilter(input, rowLength, coefficients, states, output): coefficients b0 b1 b2 a1 a2 of each section,
// states z0 z1 of each section of each row, read and written.
Napi::Value iirFilter(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const AnyTypedArray input = anyTypedArray(info, 0, "the input");
  const auto rowLength = static_cast<size_t>(integer(info, 1, "the row", 1, int64_t{1} << 52));
  const auto coefficients = typedArray<const double>(info, 2, "the sections");
  const auto states = typedArray<double>(info, 3, "the states");
  const AnyTypedArray output = anyTypedArray(info, 4, "the output");
  if (coefficients.length == 0 || coefficients.length % kCoefficients != 0) {
    throw Napi::RangeError::New(env, "a filter needs whole sections");
  }
  const size_t stateLength = coefficients.length / kCoefficients * 2;
  const size_t rows = wholeRows(env, input.length, rowLength);
  requireLength(env, "the output", output.length, input.length);
  requireLength(env, "the states", states.length, rows * stateLength);
  requireSameOrApart(env, input, output);
  requireApart(env, "the output", output, {coefficients, states});
  requireApart(env, "the states", states, {coefficients, input});
  guarded(env, [&] {
    std::vector<double> samples(kBlock * kRows), side(stateLength * kRows);
    withFloats(env, "the input", input, [&](const auto* from) {
      withFloats(env, "the output", output, [&](auto* to) {
        for (size_t first = 0; first < rows; first += kRows) {
          const size_t count = std::min(kRows, rows - first);
          std::fill(samples.begin(), samples.end(), 0.0);
          std::fill(side.begin(), side.end(), 0.0);
          double* own = states.data + first * stateLength;
          for (size_t row = 0; row < count; row++) {
            for (size_t i = 0; i < stateLength; i++) side[i * kRows + row] = own[row * stateLength + i];
          }
          filterRows(from + first * rowLength, count, rowLength, coefficients, side.data(), samples,
                     to + first * rowLength);
          for (size_t row = 0; row < count; row++) {
            for (size_t i = 0; i < stateLength; i++) own[row * stateLength + i] = side[i * kRows + row];
          }
        }
      });
    });
  });
  return env.Undefined();
}

}  // namespace deephealth
