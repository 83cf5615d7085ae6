#include "resizer.h"
#include "tensor-arguments.h"

namespace deephealth {

namespace {

/** From index 1: width, height, channels, width and height of the output, interpolation. */
ResizeWish resizeWish(const Napi::CallbackInfo& info) {
  ResizeWish wish{};
  wish.fromWidth = integer(info, 1, "the width", 1, kLongestResizedSide);
  wish.fromHeight = integer(info, 2, "the height", 1, kLongestResizedSide);
  wish.channels = integer(info, 3, "the channels", 1, kLongestSide);
  wish.toWidth = integer(info, 4, "the output's width", 1, kLongestResizedSide);
  wish.toHeight = integer(info, 5, "the output's height", 1, kLongestResizedSide);
  wish.interpolation = static_cast<Interpolation>(integer(info, 6, "the interpolation", 0, 5));
  return wish;
}

}  // namespace

// resizeImage(pixels, width, height, channels, toWidth, toHeight, interpolation, output)
Napi::Value resizeImage(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const AnyTypedArray pixels = anyTypedArray(info, 0, "the input");
  const ResizeWish wish = resizeWish(info);
  const AnyTypedArray output = anyTypedArray(info, 7, "the output");
  requireLength(env, "the input", pixels.length, product(env, {wish.fromWidth, wish.fromHeight, wish.channels}));
  requireLength(env, "the output", output.length, product(env, {wish.toWidth, wish.toHeight, wish.channels}));
  requireApart(env, "the output", output, {pixels});
  if (pixels.type != output.type) throw Napi::TypeError::New(env, "the output has another element type");
  guarded(env, [&] {
    const bool isKnown = withPixels(pixels, [&](auto* data) {
      using T = std::remove_pointer_t<decltype(data)>;
      Resizer<T> resizer(wish, data);
      const auto rowLength = static_cast<size_t>(wish.toWidth * wish.channels);
      for (size_t y = 0; y < static_cast<size_t>(wish.toHeight); y++) {
        resizer.row(y, static_cast<T*>(output.data) + y * rowLength);
      }
    });
    if (!isKnown) throw Napi::TypeError::New(env, "the input has another element type");
  });
  return env.Undefined();
}

// resizeToTensor(pixels, width, height, channels, toWidth, toHeight, interpolation,
//                isOutputChw, scale, mean, std, order, output)
Napi::Value resizeToTensor(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const AnyTypedArray pixels = anyTypedArray(info, 0, "the input");
  const ResizeWish wish = resizeWish(info);
  requireLength(env, "the input", pixels.length, product(env, {wish.fromWidth, wish.fromHeight, wish.channels}));
  const TensorArguments tensor = tensorArguments(info, 7, static_cast<size_t>(wish.channels),
                                                 product(env, {wish.toWidth, wish.toHeight}), false);
  requireApart(env, "the output", tensor.output, {pixels});
  guarded(env, [&] {
    const bool isKnown = withPixels(pixels, [&](auto* data) {
      using T = std::remove_pointer_t<decltype(data)>;
      Affine affine(tensor.scale, tensor.mean.data, tensor.std.data, tensor.order.order.size());
      affine.prepare<T>(tensor.order.plane);
      Resizer<T> resizer(wish, data);
      TensorRows<T> rows(tensor.order, affine);
      const auto width = static_cast<size_t>(wish.toWidth);
      std::vector<T> row(width * static_cast<size_t>(wish.channels));
      for (size_t y = 0; y < static_cast<size_t>(wish.toHeight); y++) {
        resizer.row(y, row.data());
        rows.write(row.data(), y * width, width, tensor.output.data);
      }
    });
    if (!isKnown) throw Napi::TypeError::New(env, "the input has another element type");
  });
  return env.Undefined();
}

}  // namespace deephealth
