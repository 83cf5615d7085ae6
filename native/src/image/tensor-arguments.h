// The arguments that imageToTensor and resizeToTensor share.
#pragma once

#include <string>
#include <type_traits>

#include "../elements.h"
#include "image.h"
#include "tensor-rows.h"

namespace deephealth {

struct TensorArguments {
  TensorOrder order;
  double scale;
  Span<const double> mean;
  Span<const double> std;
  Span<float> output;
};

/** From index `first`: isOutputChw, scale, mean, std, order, output; checked against each other. */
inline TensorArguments tensorArguments(const Napi::CallbackInfo& info, size_t first, size_t inputChannels,
                                       size_t plane, bool isInputChw) {
  const Napi::Env env = info.Env();
  TensorArguments found{};
  found.order.isOutputChw = boolean(info, first, "the layout");
  found.scale = number(info, first + 1, "the scale");
  found.mean = typedArray<const double>(info, first + 2, "mean");
  found.std = typedArray<const double>(info, first + 3, "std");
  const auto order = typedArray<const uint32_t>(info, first + 4, "the order");
  found.output = typedArray<float>(info, first + 5, "the output");
  if (order.length == 0) throw Napi::RangeError::New(env, "the order needs a channel");
  requireLength(env, "mean", found.mean.length, order.length);
  requireLength(env, "std", found.std.length, order.length);
  requireLength(env, "the output", found.output.length,
                product(env, {static_cast<int64_t>(plane), static_cast<int64_t>(order.length)}));
  found.order.isInputChw = isInputChw;
  found.order.inputChannels = inputChannels;
  found.order.plane = plane;
  found.order.order.reserve(order.length);
  for (size_t c = 0; c < order.length; c++) {
    // Read once: shared memory may change between a check and a use.
    const size_t channel = order.data[c];
    if (channel >= inputChannels) throw Napi::RangeError::New(env, "the order names a channel that is not there");
    found.order.order.push_back(channel);
  }
  return found;
}

}  // namespace deephealth
