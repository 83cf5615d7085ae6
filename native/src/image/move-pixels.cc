// Pixels that change their places, whatever they consist of: `size` bytes each.
#include <algorithm>
#include <cstring>

#include "image.h"

namespace deephealth {

namespace {

/** The constant is what makes a move of the compiler's out of the copy; 0 is any size. */
template <size_t kSize>
DEEPHEALTH_INLINE void copyPixel(const uint8_t* from, size_t size, uint8_t* to) {
  if constexpr (kSize > 0) std::memcpy(to, from, kSize);
  else
    std::memcpy(to, from, size);
}

typedef uint8_t Bytes __attribute__((vector_size(16)));

template <size_t kSize>
struct FlipRows {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const uint8_t* __restrict input, size_t width, size_t height, size_t size,
                                    uint8_t* __restrict output) {
    for (size_t y = 0; y < height; y++, input += width * size, output += width * size) {
      size_t x = 0;
      // Vectors read and write past their pixels, so they keep away from the ends of the row.
      if constexpr (level != SimdLevel::kBaseline && kSize > 0 && kSize < 16) x = vectors(input, width, output);
      for (; x < width; x++) copyPixel<kSize>(input + x * size, size, output + (width - 1 - x) * size);
    }
  }

 private:
  /** From the left of the input to the right of the output; each vector's spare bytes are written over by the next. */
  static DEEPHEALTH_INLINE size_t vectors(const uint8_t* input, size_t width, uint8_t* output) {
    constexpr size_t kPixels = 16 / kSize;
    constexpr size_t kSpare = 16 - kPixels * kSize;
    Bytes order = {};
    for (size_t i = 0; i < 16; i++) {
      const size_t at = i < kSpare ? 0 : i - kSpare;
      order[i] = static_cast<uint8_t>((kPixels - 1 - at / kSize) * kSize + at % kSize);
    }
    size_t x = 0;
    for (; x + 2 * kPixels + 1 <= width; x += kPixels) {
      Bytes pixels;
      std::memcpy(&pixels, input + x * kSize, 16);
      const Bytes flipped = __builtin_shuffle(pixels, order);
      std::memcpy(output + (width - x - kPixels) * kSize - kSpare, &flipped, 16);
    }
    return x;
  }
};

template <size_t kSize>
struct Transpose {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const uint8_t* __restrict input, size_t width, size_t height, size_t size,
                                    uint8_t* __restrict output) {
    // Squares that stay in the nearest cache, whichever way they are walked.
    constexpr size_t kSide = 16;
    for (size_t top = 0; top < height; top += kSide) {
      const size_t bottom = std::min(height, top + kSide);
      for (size_t left = 0; left < width; left += kSide) {
        const size_t right = std::min(width, left + kSide);
        for (size_t x = left; x < right; x++) {
          for (size_t y = top; y < bottom; y++) {
            copyPixel<kSize>(input + (y * width + x) * size, size, output + (x * height + y) * size);
          }
        }
      }
    }
  }
};

template <template <size_t> class Kernel>
Napi::Value movePixels(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto input = typedArray<const uint8_t>(info, 0, "the input");
  const int64_t width = integer(info, 1, "the width", 0, kLongestSide);
  const int64_t height = integer(info, 2, "the height", 0, kLongestSide);
  const int64_t size = integer(info, 3, "the pixel", 1, kLongestSide);
  const auto output = typedArray<uint8_t>(info, 4, "the output");
  requireLength(env, "the input", input.length, product(env, {width, height, size}));
  requireLength(env, "the output", output.length, input.length);
  requireApart(env, "the output", output, {input});
  // One side may be as long as it likes where the other is 0.
  if (input.length == 0) return env.Undefined();
  const auto w = static_cast<size_t>(width), h = static_cast<size_t>(height), s = static_cast<size_t>(size);
  const auto run = [&](auto kernel) { dispatch<decltype(kernel)>(input.data, w, h, s, output.data); };
  switch (size) {
    case 1:
      run(Kernel<1>());
      break;
    case 2:
      run(Kernel<2>());
      break;
    case 3:
      run(Kernel<3>());
      break;
    case 4:
      run(Kernel<4>());
      break;
    case 6:
      run(Kernel<6>());
      break;
    case 8:
      run(Kernel<8>());
      break;
    case 12:
      run(Kernel<12>());
      break;
    case 16:
      run(Kernel<16>());
      break;
    default:
      run(Kernel<0>());
  }
  return env.Undefined();
}

struct RgbToGray {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const uint8_t* __restrict pixels, size_t count, uint8_t* __restrict output) {
    for (size_t i = 0; i < count; i++) {
      const uint32_t sum = 299u * pixels[3 * i] + 587u * pixels[3 * i + 1] + 114u * pixels[3 * i + 2] + 500u;
      output[i] = static_cast<uint8_t>(sum / 1000u);
    }
  }
};

}  // namespace

// flipColumns(pixels, width, height, pixelBytes, output)
Napi::Value flipColumns(const Napi::CallbackInfo& info) { return movePixels<FlipRows>(info); }

// transposeImage(pixels, width, height, pixelBytes, output)
Napi::Value transposeImage(const Napi::CallbackInfo& info) { return movePixels<Transpose>(info); }

// rgbToGray(pixels, output)
Napi::Value rgbToGray(const Napi::CallbackInfo& info) {
  const auto pixels = typedArray<const uint8_t>(info, 0, "the input");
  const auto output = typedArray<uint8_t>(info, 1, "the output");
  requireLength(info.Env(), "the input", pixels.length, output.length * 3);
  requireApart(info.Env(), "the output", output, {pixels});
  dispatch<RgbToGray>(pixels.data, output.length, output.data);
  return info.Env().Undefined();
}

}  // namespace deephealth
