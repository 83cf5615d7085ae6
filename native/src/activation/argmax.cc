#include <algorithm>
#include <cstdint>

#include "../elements.h"
#include "../simd.h"
#include "../vectors.h"
#include "activation.h"

namespace deephealth {

namespace {

constexpr size_t kColumns = 256;

/** Elements of a row side by side: the largest, and then the first that equals it. */
template <typename T>
struct ArgmaxRows {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const T* input, size_t rows, size_t rowLength, int32_t* output) {
    for (size_t row = 0; row < rows; row++, input += rowLength) output[row] = indexOf(input, rowLength);
  }

 private:
  static DEEPHEALTH_INLINE int32_t indexOf(const T* row, size_t length) {
    constexpr size_t kWidth = 64 / sizeof(T);
    using Values = Vector<T, kWidth>;
    size_t i = 0;
    T best = row[0];
    bool hasNan = false;
    if (length >= kWidth) {
      Values largest = load<Values>(row);
      auto bad = largest != largest;
      for (i = kWidth; i + kWidth <= length; i += kWidth) {
        const Values x = load<Values>(row + i);
        bad |= x != x;
        largest = x > largest ? x : largest;
      }
      for (size_t lane = 0; lane < kWidth; lane++) {
        hasNan |= bad[lane] != 0;
        best = largest[lane] > best ? largest[lane] : best;
      }
    }
    for (; i < length; i++) {
      hasNan |= row[i] != row[i];
      best = row[i] > best ? row[i] : best;
    }
    if (hasNan) return -1;
    size_t at = 0;
    for (; at + kWidth <= length; at += kWidth) {
      const auto equal = load<Values>(row + at) == best;
      int64_t found = 0;
      const auto words = load<Vector<int64_t, 8>>(&equal);
      for (size_t lane = 0; lane < 8; lane++) found |= words[lane];
      if (found != 0) break;
    }
    // Memory that another process shares may have changed: the end is checked all the same.
    while (at + 1 < length && row[at] != best) at++;
    return static_cast<int32_t>(at);
  }
};

/** Elements of a row `inner` apart. */
template <typename T>
struct ArgmaxPlanes {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const T* input, size_t outer, size_t rowLength, size_t inner, int32_t* output) {
    for (size_t block = 0; block < outer; block++, input += rowLength * inner, output += inner) {
      for (size_t column = 0; column < inner; column += kColumns) {
        columns(input + column, rowLength, inner, std::min(kColumns, inner - column), output + column);
      }
    }
  }

 private:
  static DEEPHEALTH_INLINE void columns(const T* from, size_t rowLength, size_t inner, size_t count,
                                        int32_t* __restrict to) {
    T best[kColumns];
    int32_t index[kColumns], bad[kColumns];
    for (size_t i = 0; i < count; i++) {
      best[i] = from[i];
      index[i] = 0;
      bad[i] = from[i] != from[i] ? -1 : 0;
    }
    for (size_t k = 1; k < rowLength; k++) {
      const T* row = from + k * inner;
      for (size_t i = 0; i < count; i++) {
        const T x = row[i];
        const bool isLarger = x > best[i];
        best[i] = isLarger ? x : best[i];
        index[i] = isLarger ? static_cast<int32_t>(k) : index[i];
        bad[i] |= x != x ? -1 : 0;
      }
    }
    // -1 wherever a row holds NaN.
    for (size_t i = 0; i < count; i++) to[i] = index[i] | bad[i];
  }
};

template <typename T>
struct Threshold {
  template <SimdLevel level>
  static DEEPHEALTH_INLINE void run(const T* __restrict input, size_t length, double bound,
                                    uint8_t* __restrict output, size_t* nans) {
    size_t found = 0;
    for (size_t start = 0; start < length; start += 4096) {
      const size_t count = std::min<size_t>(4096, length - start);
      uint32_t inBlock = 0;
      for (size_t i = start; i < start + count; i++) {
        output[i] = static_cast<double>(input[i]) >= bound ? 1 : 0;
        inBlock += input[i] != input[i] ? 1 : 0;
      }
      found += inBlock;
    }
    *nans = found;
  }
};

}  // namespace

// argmax(input, rowLength, inner, output)
Napi::Value argmax(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const AnyTypedArray input = anyTypedArray(info, 0, "the input");
  const int64_t rowLength = integer(info, 1, "the row", 1, (int64_t{1} << 31) - 1);
  const int64_t inner = integer(info, 2, "the inner extent", 1, int64_t{1} << 52);
  const auto output = typedArray<int32_t>(info, 3, "the output");
  const size_t outer = wholeRows(env, input.length, product(env, {rowLength, inner}));
  requireLength(env, "the output", output.length, outer * static_cast<size_t>(inner));
  requireApart(env, "the output", output, {input});
  const auto length = static_cast<size_t>(rowLength);
  withFloats(env, "the input", input, [&](const auto* from) {
    using T = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
    if (inner == 1) dispatch<ArgmaxRows<T>>(from, outer, length, output.data);
    else
      dispatch<ArgmaxPlanes<T>>(from, outer, length, static_cast<size_t>(inner), output.data);
  });
  return env.Undefined();
}

// threshold(input, bound, output): the number of elements that are NaN
Napi::Value threshold(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const AnyTypedArray input = anyTypedArray(info, 0, "the input");
  const double bound = number(info, 1, "the threshold");
  const auto output = typedArray<uint8_t>(info, 2, "the output");
  requireLength(env, "the output", output.length, input.length);
  requireApart(env, "the output", output, {input});
  size_t nans = 0;
  withFloats(env, "the input", input, [&](const auto* from) {
    using T = std::remove_const_t<std::remove_pointer_t<decltype(from)>>;
    dispatch<Threshold<T>>(from, input.length, bound, output.data, &nans);
  });
  return Napi::Number::New(env, static_cast<double>(nans));
}

}  // namespace deephealth
