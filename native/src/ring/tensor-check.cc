#include "tensor-check.h"

#include <cmath>
#include <cstring>

namespace deephealth {

namespace {

constexpr int kFloat = 1;
constexpr int kFloat16 = 10;
constexpr int kDouble = 11;
constexpr int kBfloat16 = 16;

template <typename Bits>
Bits load(const uint8_t* data, size_t index) {
  Bits bits;
  std::memcpy(&bits, data + index * sizeof(Bits), sizeof(Bits));
  return bits;
}

/** Finite means that not all bits of the exponent are set. Without a branch, so that it runs in vectors. */
template <typename Bits>
bool allFinite(const uint8_t* data, size_t count, Bits exponent) {
  Bits found = 0;
  for (size_t i = 0; i < count; i++) {
    found |= static_cast<Bits>((load<Bits>(data, i) & exponent) == exponent ? 1 : 0);
  }
  return found == 0;
}

/** NaN lies outside no range: whether it is allowed is another question. */
template <typename Number>
bool allWithin(const uint8_t* data, size_t count, Number lowest, Number highest) {
  unsigned outside = 0;
  for (size_t i = 0; i < count; i++) {
    const Number value = load<Number>(data, i);
    outside |= static_cast<unsigned>(value < lowest) | static_cast<unsigned>(value > highest);
  }
  return outside == 0;
}

}  // namespace

size_t elementBytesOf(int elementType) {
  switch (elementType) {
    case 1:   // float
    case 6:   // int32
    case 12:  // uint32
      return 4;
    case 2:  // uint8
    case 3:  // int8
    case 9:  // bool
      return 1;
    case 4:   // uint16
    case 5:   // int16
    case 10:  // float16
    case 16:  // bfloat16
      return 2;
    case 7:   // int64
    case 11:  // double
    case 13:  // uint64
      return 8;
    default:
      return 0;
  }
}

bool keepsShape(const DeclaredTensor& declared, const std::vector<int64_t>& shape) {
  if (shape.size() != declared.shape.size()) return false;
  for (size_t axis = 0; axis < shape.size(); axis++) {
    const int64_t wanted = declared.shape[axis];
    const bool fits = wanted == -1 ? shape[axis] >= declared.minExtent && shape[axis] <= declared.maxExtent
                                   : shape[axis] == wanted;
    if (!fits) return false;
  }
  return true;
}

bool keepsValues(const DeclaredTensor& declared, const void* values, size_t count) {
  const auto* data = static_cast<const uint8_t*>(values);
  if (declared.mustBeFinite) {
    bool isFinite = true;
    if (declared.elementType == kFloat) isFinite = allFinite<uint32_t>(data, count, 0x7f800000u);
    if (declared.elementType == kDouble) isFinite = allFinite<uint64_t>(data, count, 0x7ff0000000000000u);
    if (declared.elementType == kFloat16) isFinite = allFinite<uint16_t>(data, count, 0x7c00u);
    if (declared.elementType == kBfloat16) isFinite = allFinite<uint16_t>(data, count, 0x7f80u);
    if (!isFinite) return false;
  }
  if (std::isnan(declared.lowest)) return true;
  if (declared.elementType == kDouble) return allWithin<double>(data, count, declared.lowest, declared.highest);
  // The bounds are decimals: the FP32 number nearest to a bound counts as inside.
  return declared.elementType == kFloat && allWithin<float>(data, count, static_cast<float>(declared.lowest),
                                                            static_cast<float>(declared.highest));
}

}  // namespace deephealth
