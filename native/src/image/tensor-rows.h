// Runs of pixels into the tensor that a model takes: channels in their order, values scaled.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "affine.h"
#include "interleave.h"

namespace deephealth {

/** What imageToTensor and resizeToTensor are asked for. */
struct TensorOrder {
  /** Channel of the input per channel of the output. */
  std::vector<size_t> order;
  size_t inputChannels = 0;
  /** Pixels of the whole image: what lies between two planes. */
  size_t plane = 0;
  bool isInputChw = false;
  bool isOutputChw = false;

  bool isInInputOrder() const {
    for (size_t c = 0; c < order.size(); c++) {
      if (order[c] != c) return false;
    }
    return order.size() == inputChannels;
  }
};

/** Writes blocks of pixels that stay in the fastest cache between being put in order and computed. */
template <typename T>
class TensorRows {
 public:
  TensorRows(const TensorOrder& wanted, const Affine& affine)
      : wanted_(wanted),
        affine_(affine),
        isInOrder_(wanted.isInInputOrder()),
        block_(std::max<size_t>(1, kBlockElements / std::max(wanted.order.size(), wanted.inputChannels))),
        planeStep_(block_ > 1 ? block_ + 144 / sizeof(T) : 1),
        scratch_(planeStep_ * wanted.inputChannels),
        reordered_(wanted.isOutputChw ? 0 : block_ * wanted.order.size()) {}

  /**
   * Pixels [from, from + count) of the image. `input` is where the first of them lies, or for planes
   * where it lies in the first plane.
   */
  void write(const T* input, size_t from, size_t count, float* output) {
    const size_t channels = wanted_.order.size();
    const size_t step = wanted_.isInputChw ? 1 : wanted_.inputChannels;
    for (size_t i = 0; i < count; i += block_) {
      const size_t size = std::min(block_, count - i);
      const T* source = input + i * step;
      if (wanted_.isOutputChw) {
        writePlanes(source, from + i, size, output);
      } else {
        affine_.pixels(sideBySide(source, size), size, output + (from + i) * channels);
      }
    }
  }

 private:
  static constexpr size_t kBlockElements = 3072;

  void writePlanes(const T* source, size_t from, size_t size, float* output) {
    const size_t inputChannels = wanted_.inputChannels;
    const bool isPlanar = wanted_.isInputChw || inputChannels == 1;
    if (!isPlanar) deinterleave(source, size);
    for (size_t c = 0; c < wanted_.order.size(); c++) {
      const size_t channel = wanted_.order[c];
      const T* plane = isPlanar ? source + channel * wanted_.plane : scratch_.data() + channel * planeStep_;
      affine_.plane(plane, size, c, output + c * wanted_.plane + from);
    }
  }

  void deinterleave(const T* source, size_t size) {
    const size_t channels = wanted_.inputChannels;
    T* planes = scratch_.data();
    if (channels == 3) return deinterleave3(source, size, planes, planes + planeStep_, planes + 2 * planeStep_);
    for (size_t c = 0; c < channels; c++) {
      T* plane = planes + c * planeStep_;
      for (size_t i = 0; i < size; i++) plane[i] = source[i * channels + c];
    }
  }

  const T* sideBySide(const T* source, size_t size) {
    if (!wanted_.isInputChw && isInOrder_) return source;
    const std::vector<size_t>& order = wanted_.order;
    if (order.size() == 3 && (wanted_.isInputChw || wanted_.inputChannels == 3)) {
      if (!wanted_.isInputChw) deinterleave(source, size);
      const T* planes = wanted_.isInputChw ? source : scratch_.data();
      const size_t step = wanted_.isInputChw ? wanted_.plane : planeStep_;
      interleave3(planes + order[0] * step, planes + order[1] * step, planes + order[2] * step, size,
                  reordered_.data());
      return reordered_.data();
    }
    const size_t channelStep = wanted_.isInputChw ? wanted_.plane : 1;
    const size_t pixelStep = wanted_.isInputChw ? 1 : wanted_.inputChannels;
    for (size_t c = 0; c < order.size(); c++) {
      const T* from = source + order[c] * channelStep;
      for (size_t i = 0; i < size; i++) reordered_[i * order.size() + c] = from[i * pixelStep];
    }
    return reordered_.data();
  }

  const TensorOrder& wanted_;
  const Affine& affine_;
  bool isInOrder_;
  /** Pixels. */
  size_t block_;
  /** Not a power of two: planes would compete for the same lines of the cache. */
  size_t planeStep_;
  /** A block in planes. */
  std::vector<T> scratch_;
  /** A block with the channels of the output side by side. */
  std::vector<T> reordered_;
};

}  // namespace deephealth
