#include <algorithm>
#include <vector>

#include "../elements.h"
#include "../simd.h"
#include "../vectors.h"
#include "signal.h"

namespace deephealth {

namespace {

/** Outputs computed from one window of samples. */
constexpr size_t kBlock = 2048;

/** `window[taps - 1 + i]` is the sample of output i; those before it are the earlier ones. */
struct FirBlock {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const double* window, const double* taps, size_t tapCount, size_t count,
                                    double* output) {
    constexpr size_t kWidth = 8;
    using Doubles = Vector<double, kWidth>;
    const double* samples = window + tapCount - 1;
    size_t i = 0;
    for (; i + 4 * kWidth <= count; i += 4 * kWidth) {
      Doubles sums[4];
      for (size_t j = 0; j < 4; j++) sums[j] = load<Doubles>(samples + i + j * kWidth) * taps[0];
      for (size_t k = 1; k < tapCount; k++) {
        const double* from = samples + i - k;
        for (size_t j = 0; j < 4; j++) sums[j] += load<Doubles>(from + j * kWidth) * taps[k];
      }
      for (size_t j = 0; j < 4; j++) store(output + i + j * kWidth, sums[j]);
    }
    for (; i < count; i++) {
      double sum = samples[i] * taps[0];
      for (size_t k = 1; k < tapCount; k++) sum += samples[i - k] * taps[k];
      output[i] = sum;
    }
  }
};

template <typename In, typename Out>
void filterRow(const In* input, size_t length, Span<const double> taps, std::vector<double>& window,
               std::vector<double>& exact, Out* output) {
  const size_t history = taps.length - 1;
  std::fill(window.begin(), window.begin() + history, 0.0);
  for (size_t start = 0; start < length; start += kBlock) {
    const size_t count = std::min(kBlock, length - start);
    std::copy(input + start, input + start + count, window.begin() + history);
    dispatch<FirBlock>(static_cast<const double*>(window.data()), taps.data, taps.length, count, exact.data());
    for (size_t i = 0; i < count; i++) output[start + i] = static_cast<Out>(exact[i]);
    std::copy(window.begin() + count, window.begin() + count + history, window.begin());
  }
}

}  // namespace

// firFilter(input, rowLength, taps, output)
Napi::Value firFilter(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const AnyTypedArray input = anyTypedArray(info, 0, "the input");
  const auto rowLength = static_cast<size_t>(integer(info, 1, "the row", 1, int64_t{1} << 52));
  const auto taps = typedArray<const double>(info, 2, "the taps");
  const AnyTypedArray output = anyTypedArray(info, 3, "the output");
  if (taps.length == 0) throw Napi::RangeError::New(env, "a filter needs a tap");
  requireLength(env, "the output", output.length, input.length);
  requireApart(env, "the output", output, {input, taps});
  const size_t rows = wholeRows(env, input.length, rowLength);
  guarded(env, [&] {
    std::vector<double> window(taps.length - 1 + kBlock), exact(kBlock);
    withFloats(env, "the input", input, [&](const auto* from) {
      withFloats(env, "the output", output, [&](auto* to) {
        for (size_t row = 0; row < rows; row++) {
          filterRow(from + row * rowLength, rowLength, taps, window, exact, to + row * rowLength);
        }
      });
    });
  });
  return env.Undefined();
}

}  // namespace deephealth
