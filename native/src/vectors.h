// Vectors of the compiler's, and moving them from and to memory that need not be aligned.
#pragma once

#include <cstddef>
#include <cstring>

#include "simd.h"

// Vectors only pass between functions that are inlined into one another.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace deephealth {

template <typename T>
DEEPHEALTH_INLINE T load(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <typename T>
DEEPHEALTH_INLINE void store(void* to, const T& value) {
  std::memcpy(to, &value, sizeof value);
}

template <typename Element, size_t kLanes>
struct VectorOf {
  typedef Element Type __attribute__((vector_size(kLanes * sizeof(Element))));
};
template <typename Element, size_t kLanes>
using Vector = typename VectorOf<Element, kLanes>::Type;

}  // namespace deephealth
