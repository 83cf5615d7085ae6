#include <new>

#include "../arguments.h"
#include "../registration.h"
#include "stain-kernels.h"

namespace deephealth {
namespace {

constexpr int64_t kLongestSide = int64_t{1} << 31;

struct Pixels {
  const uint8_t* data;
  size_t count;
};

Pixels rgbPixels(const Napi::CallbackInfo& info, size_t index) {
  const auto span = typedArray<const uint8_t>(info, index, "pixels");
  if (span.length % 3 != 0) throw Napi::RangeError::New(info.Env(), "pixels needs 3 bytes per pixel");
  return {span.data, span.length / 3};
}

/** A typed array of exactly so many elements. */
template <typename T>
T* exactly(const Napi::CallbackInfo& info, size_t index, const char* name, size_t length) {
  const auto span = typedArray<T>(info, index, name);
  requireLength(info.Env(), name, span.length, length);
  return span.data;
}

/** What a function writes shares no memory with its other arguments; the output may be the pixels themselves. */
void requireWrittenApart(const Napi::CallbackInfo& info, size_t written, bool mayBePixels = false) {
  const AnyTypedArray output = anyTypedArray(info, written, "the output");
  for (size_t i = 0; i < written; i++) {
    if (!info[i].IsTypedArray()) continue;
    const AnyTypedArray other = anyTypedArray(info, i, "an argument");
    if (i == 0 && mayBePixels) requireSameOrApart(info.Env(), other, output);
    else
      requireApart(info.Env(), "the output", output, {other});
  }
}

void stainGrayHistogram(const Napi::CallbackInfo& info) {
  const Pixels pixels = rgbPixels(info, 0);
  uint32_t* counts = exactly<uint32_t>(info, 1, "counts", 256);
  requireWrittenApart(info, 1);
  grayHistogram(pixels.data, pixels.count, counts);
}

void stainTissueMask(const Napi::CallbackInfo& info) {
  const Pixels pixels = rgbPixels(info, 0);
  const int64_t width = integer(info, 1, "width", 1, kLongestSide);
  const int64_t height = integer(info, 2, "height", 1, kLongestSide);
  requireLength(info.Env(), "pixels", pixels.count, product(info.Env(), {width, height}));
  const int64_t threshold = integer(info, 3, "threshold", 0, 255);
  uint8_t* mask = exactly<uint8_t>(info, 4, "mask", pixels.count);
  requireWrittenApart(info, 4);
  try {
    tissueMask(pixels.data, static_cast<size_t>(width), static_cast<size_t>(height), static_cast<int32_t>(threshold),
               mask);
  } catch (const std::bad_alloc&) {
    throw Napi::Error::New(info.Env(), "there is no memory for the tissue mask");
  }
}

Napi::Value stainDensityMoments(const Napi::CallbackInfo& info) {
  const Pixels pixels = rgbPixels(info, 0);
  const uint8_t* mask = exactly<const uint8_t>(info, 1, "mask", pixels.count);
  const double* density = exactly<const double>(info, 2, "density", 256);
  double* sums = exactly<double>(info, 3, "sums", 9 * kLanes);
  requireWrittenApart(info, 3);
  return Napi::Number::New(info.Env(),
                           static_cast<double>(densityMoments(pixels.data, mask, pixels.count, density, sums)));
}

void stainDensityAngles(const Napi::CallbackInfo& info) {
  const Pixels pixels = rgbPixels(info, 0);
  const uint8_t* mask = exactly<const uint8_t>(info, 1, "mask", pixels.count);
  const double* density = exactly<const double>(info, 2, "density", 256);
  const double* axes = exactly<const double>(info, 3, "axes", 6);
  uint32_t* counts = exactly<uint32_t>(info, 4, "counts", kBins);
  requireWrittenApart(info, 4);
  densityAngles(pixels.data, mask, pixels.count, density, axes, counts);
}

void stainRowSumHistograms(const Napi::CallbackInfo& info) {
  const Pixels pixels = rgbPixels(info, 0);
  const double* rows = exactly<const double>(info, 1, "rows", kRowTableLength);
  uint32_t* counts = exactly<uint32_t>(info, 2, "counts", 3 * kBins);
  requireWrittenApart(info, 2);
  try {
    rowSumHistograms(pixels.data, pixels.count, rows, counts);
  } catch (const std::bad_alloc&) {
    throw Napi::Error::New(info.Env(), "there is no memory for the histograms");
  }
}

void stainRowProducts(const Napi::CallbackInfo& info) {
  const Pixels pixels = rgbPixels(info, 0);
  const double* rows = exactly<const double>(info, 1, "rows", kRowTableLength);
  uint8_t* output = exactly<uint8_t>(info, 2, "output", 3 * pixels.count);
  requireWrittenApart(info, 2, true);
  rowProducts(pixels.data, pixels.count, rows, output);
}

constexpr size_t kRootLength = 2 * (kPieces + 2);

Napi::Value stainLabMoments(const Napi::CallbackInfo& info) {
  const Pixels pixels = rgbPixels(info, 0);
  const uint8_t* mask = exactly<const uint8_t>(info, 1, "mask", pixels.count);
  const double* rows = exactly<const double>(info, 2, "rows", kRowTableLength);
  const double* root = exactly<const double>(info, 3, "root", kRootLength);
  double* sums = exactly<double>(info, 4, "sums", 6 * kLanes);
  requireWrittenApart(info, 4);
  return Napi::Number::New(info.Env(),
                           static_cast<double>(labMoments(pixels.data, mask, pixels.count, rows, root, sums)));
}

void stainLabTransfer(const Napi::CallbackInfo& info) {
  const Pixels pixels = rgbPixels(info, 0);
  const uint8_t* mask = exactly<const uint8_t>(info, 1, "mask", pixels.count);
  const LabTables tables = {
      exactly<const double>(info, 2, "rows", kRowTableLength), exactly<const double>(info, 3, "root", kRootLength),
      exactly<const double>(info, 4, "matrix", 9),             exactly<const uint8_t>(info, 5, "base", kPieces + 1),
      exactly<const double>(info, 6, "threshold", kPieces + 1),
  };
  const double* coefficients = exactly<const double>(info, 7, "coefficients", 6);
  uint8_t* output = exactly<uint8_t>(info, 8, "output", 3 * pixels.count);
  requireWrittenApart(info, 8, true);
  labTransfer(pixels.data, mask, pixels.count, tables, coefficients, output);
}

}  // namespace

void registerStain(Napi::Env env, Napi::Object exports) {
  exports.Set("stainGrayHistogram", Napi::Function::New(env, stainGrayHistogram));
  exports.Set("stainTissueMask", Napi::Function::New(env, stainTissueMask));
  exports.Set("stainDensityMoments", Napi::Function::New(env, stainDensityMoments));
  exports.Set("stainDensityAngles", Napi::Function::New(env, stainDensityAngles));
  exports.Set("stainRowSumHistograms", Napi::Function::New(env, stainRowSumHistograms));
  exports.Set("stainRowProducts", Napi::Function::New(env, stainRowProducts));
  exports.Set("stainLabMoments", Napi::Function::New(env, stainLabMoments));
  exports.Set("stainLabTransfer", Napi::Function::New(env, stainLabTransfer));
}

}  // namespace deephealth
