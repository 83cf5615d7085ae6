#include <algorithm>
#include <vector>

#include "../elements.h"
#include "../lane-sums.h"
#include "../simd.h"
#include "signal.h"

namespace deephealth {

namespace {

struct Plan {
  size_t up, down;
  /** Taps of one phase. */
  size_t width;
  /** Where the first output stands among the samples, `up` steps a sample. */
  size_t offset;
  /** `width` taps for each of `up` phases, in the order of the samples. */
  std::vector<double> phases;
};

/** `samples` starts with `width - 1` zeros and ends with zeros enough. */
template <typename Out>
struct Resample {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const double* samples, const Plan* plan, size_t count, Out* output) {
    const size_t width = plan->width;
    const double* phases = plan->phases.data();
    size_t sample = plan->offset / plan->up;
    size_t phase = plan->offset % plan->up;
    const size_t wholeStep = plan->down / plan->up;
    const size_t phaseStep = plan->down % plan->up;
    for (size_t i = 0; i < count; i++) {
      output[i] = static_cast<Out>(laneProduct(samples + sample, phases + phase * width, width));
      sample += wholeStep;
      phase += phaseStep;
      if (phase >= plan->up) {
        phase -= plan->up;
        sample++;
      }
    }
  }
};

Plan planOf(size_t up, size_t down, Span<const double> taps) {
  Plan plan{up, down, (taps.length + up - 1) / up, (taps.length - 1) / 2, {}};
  plan.phases.assign(up * plan.width, 0.0);
  for (size_t k = 0; k < taps.length; k++) {
    plan.phases[(k % up) * plan.width + (plan.width - 1 - k / up)] = taps.data[k];
  }
  return plan;
}

}  // namespace

// resamplePolyphase(input, rowLength, up, down, taps, output)
Napi::Value resamplePolyphase(const Napi::CallbackInfo& info) {
  constexpr int64_t kLargest = int64_t{1} << 20;
  const Napi::Env env = info.Env();
  const AnyTypedArray input = anyTypedArray(info, 0, "the input");
  const auto rowLength = static_cast<size_t>(integer(info, 1, "the row", 1, int64_t{1} << 31));
  const auto up = static_cast<size_t>(integer(info, 2, "the factor up", 1, kLargest));
  const auto down = static_cast<size_t>(integer(info, 3, "the factor down", 1, kLargest));
  const auto taps = typedArray<const double>(info, 4, "the taps");
  const AnyTypedArray output = anyTypedArray(info, 5, "the output");
  if (taps.length == 0) throw Napi::RangeError::New(env, "a filter needs a tap");
  const size_t rows = wholeRows(env, input.length, rowLength);
  const size_t outputLength = (rowLength * up + down - 1) / down;
  requireLength(env, "the output", output.length, rows * outputLength);
  requireApart(env, "the output", output, {input});
  // Scratch is as long as a row, and of no rows the length is anything.
  if (rows == 0) return env.Undefined();
  guarded(env, [&] {
    const Plan plan = planOf(up, down, taps);
    // The last output looks at sample (offset + (outputLength - 1) * down) / up.
    const size_t last = (plan.offset + (outputLength - 1) * down) / up;
    std::vector<double> samples(plan.width - 1 + std::max(rowLength, last + 1), 0.0);
    const Plan* shared = &plan;
    withFloats(env, "the input", input, [&](const auto* from) {
      withFloats(env, "the output", output, [&](auto* to) {
        for (size_t row = 0; row < rows; row++) {
          std::copy(from + row * rowLength, from + (row + 1) * rowLength, samples.begin() + (plan.width - 1));
          dispatch<Resample<std::remove_pointer_t<decltype(to)>>>(static_cast<const double*>(samples.data()), shared,
                                                                  outputLength, to + row * outputLength);
        }
      });
    });
  });
  return env.Undefined();
}

}  // namespace deephealth
