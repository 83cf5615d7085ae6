#include "tensor-arguments.h"

namespace deephealth {

// imageToTensor(pixels, plane, channels, isInputChw, isOutputChw, scale, mean, std, order, output)
Napi::Value imageToTensor(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const AnyTypedArray pixels = anyTypedArray(info, 0, "the input");
  const auto plane = static_cast<size_t>(integer(info, 1, "the pixels", 0, int64_t{1} << 40));
  const size_t channels = static_cast<size_t>(integer(info, 2, "the channels", 1, kLongestSide));
  const TensorArguments tensor = tensorArguments(info, 4, channels, plane, boolean(info, 3, "the input's layout"));
  requireLength(env, "the input", pixels.length,
                product(env, {static_cast<int64_t>(plane), static_cast<int64_t>(channels)}));
  requireApart(env, "the output", tensor.output, {pixels});
  // Blocks are as wide as the channels, and of no pixels there are any number of those.
  if (plane == 0) return env.Undefined();
  guarded(env, [&] {
    const bool isKnown = withPixels(pixels, [&](auto* data) {
      using T = std::remove_pointer_t<decltype(data)>;
      Affine affine(tensor.scale, tensor.mean.data, tensor.std.data, tensor.order.order.size());
      affine.prepare<T>(plane);
      TensorRows<T>(tensor.order, affine).write(data, 0, plane, tensor.output.data);
    });
    if (!isKnown) throw Napi::TypeError::New(env, "the input has another element type");
  });
  return env.Undefined();
}

}  // namespace deephealth
