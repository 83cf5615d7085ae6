// DICOM's modality rescale and windows: PS3.3, C.11.1 and C.11.2.1.2. lib/intensity has the definitions.
#include <type_traits>

#include "../activation/exponential.h"
#include "../elements.h"
#include "../simd.h"
#include "intensity.h"

namespace deephealth {

namespace {

template <typename In, typename Out>
struct Rescale {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const In* __restrict input, size_t length, double slope, double intercept,
                                    Out* __restrict output) {
    for (size_t i = 0; i < length; i++) {
      output[i] = static_cast<Out>(static_cast<double>(input[i]) * slope + intercept);
    }
  }
};

/** LINEAR is a ramp around another centre with another width, which the caller has computed. */
enum class WindowFunction { kRamp = 0, kSigmoid = 1 };

struct Window {
  double slope, intercept;
  /** Where the ramp has its middle, and how wide it is. */
  double center, width;
  double minimum, range;
};

template <typename In, WindowFunction function>
struct WindowLevel {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const In* __restrict input, size_t length, const Window* window,
                                    float* __restrict output) {
    const Window own = *window;
    const double maximum = own.minimum + own.range;
    const double lowest = own.center - own.width / 2;
    const double highest = own.center + own.width / 2;
    for (size_t i = 0; i < length; i++) {
      const double x = static_cast<double>(input[i]) * own.slope + own.intercept;
      if constexpr (function == WindowFunction::kSigmoid) {
        const double e = exponential(-4 * (x - own.center) / own.width);
        output[i] = static_cast<float>(own.range / (1 + e) + own.minimum);
      } else {
        const double ramp = ((x - own.center) / own.width + 0.5) * own.range + own.minimum;
        const double raised = x <= lowest ? own.minimum : ramp;
        output[i] = static_cast<float>(x > highest ? maximum : raised);
      }
    }
  }
};

}  // namespace

// rescale(input, slope, intercept, output)
Napi::Value rescale(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const AnyTypedArray input = anyTypedArray(info, 0, "the input");
  const double slope = number(info, 1, "the slope");
  const double intercept = number(info, 2, "the intercept");
  const AnyTypedArray output = anyTypedArray(info, 3, "the output");
  requireLength(env, "the output", output.length, input.length);
  requireApart(env, "the output", output, {input});
  withNumbers(env, "the input", input, [&](const auto* from) {
    using In = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
    withFloats(env, "the output", output, [&](auto* to) {
      dispatch<Rescale<In, std::remove_pointer_t<decltype(to)>>>(from, input.length, slope, intercept, to);
    });
  });
  return env.Undefined();
}

// windowLevel(input, slope, intercept, function, center, width, minimum, range, output)
Napi::Value windowLevel(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const AnyTypedArray input = anyTypedArray(info, 0, "the input");
  const Window window{number(info, 1, "the slope"),  number(info, 2, "the intercept"), number(info, 4, "the center"),
                      number(info, 5, "the width"),  number(info, 6, "the minimum"),   number(info, 7, "the range")};
  if (!(window.width >= 0)) throw Napi::RangeError::New(env, "the width is below 0");
  const auto function = static_cast<WindowFunction>(integer(info, 3, "the function", 0, 1));
  const auto output = typedArray<float>(info, 8, "the output");
  requireLength(env, "the output", output.length, input.length);
  requireApart(env, "the output", output, {input});
  withNumbers(env, "the input", input, [&](const auto* from) {
    using In = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
    const Window* shared = &window;
    if (function == WindowFunction::kSigmoid) {
      dispatch<WindowLevel<In, WindowFunction::kSigmoid>>(from, input.length, shared, output.data);
    } else {
      dispatch<WindowLevel<In, WindowFunction::kRamp>>(from, input.length, shared, output.data);
    }
  });
  return env.Undefined();
}

}  // namespace deephealth
