// Short vectors of the compiler: it breaks them down to what the target has. They stay inside of
// inlined code, as their calling convention depends on the target.
#pragma once

#include <cstdint>
#include <cstring>

#include "../simd.h"

namespace deephealth {

typedef double Double4 __attribute__((vector_size(32)));
typedef int32_t Int4 __attribute__((vector_size(16)));
typedef double Double8 __attribute__((vector_size(64)));
typedef int32_t Int8 __attribute__((vector_size(32)));

// By reference, and not by value: see above.
template <typename Vector>
DEEPHEALTH_INLINE void load(const double* from, Vector& vector) {
  std::memcpy(&vector, from, sizeof(Vector));
}

template <typename Vector>
DEEPHEALTH_INLINE void store(const Vector& vector, double* to) {
  std::memcpy(to, &vector, sizeof(Vector));
}

}  // namespace deephealth
