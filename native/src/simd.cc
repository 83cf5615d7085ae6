#include "simd.h"

#include <cstdlib>
#include <cstring>

namespace deephealth {

namespace {

SimdLevel processorLevel() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool hasAvx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                       __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  const bool hasAvx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                         __builtin_cpu_supports("avx512cd");
  if (hasAvx2 && hasAvx512) return SimdLevel::kAvx512;
  if (hasAvx2) return SimdLevel::kAvx2;
#endif
  return SimdLevel::kBaseline;
}

SimdLevel chooseLevel() {
  const SimdLevel most = processorLevel();
  const char* wish = std::getenv("DEEPHEALTH_SIMD");
  if (wish == nullptr) return most;
  if (std::strcmp(wish, "baseline") == 0) return SimdLevel::kBaseline;
  if (std::strcmp(wish, "avx2") == 0 && most > SimdLevel::kAvx2) return SimdLevel::kAvx2;
  return most;
}

}  // namespace

SimdLevel simdLevel() {
  static const SimdLevel level = chooseLevel();
  return level;
}

const char* simdName(SimdLevel level) {
  switch (level) {
    case SimdLevel::kAvx512:
      return "avx512";
    case SimdLevel::kAvx2:
      return "avx2";
    default:
      return "baseline";
  }
}

}  // namespace deephealth
