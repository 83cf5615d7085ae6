// One source, several instruction sets: a kernel is written once, as a struct with an always-inlined
// `run`, and compiled for the baseline of the processor's family, for AVX2 and for AVX-512. Which one
// runs is decided by the processor, once.
//
// No target has fused multiply-add contracted into it (-ffp-contract=off): results are the same bits
// whatever the level. A kernel that wants intrinsics tests the macros of its own target function.
#pragma once

#include <utility>

namespace deephealth {

enum class SimdLevel { kBaseline = 0, kAvx2 = 1, kAvx512 = 2 };

/** What this processor has, or less if DEEPHEALTH_SIMD asks for less. */
SimdLevel simdLevel();
const char* simdName(SimdLevel level);

#define DEEPHEALTH_INLINE inline __attribute__((always_inline))

#if defined(__x86_64__)
#define DEEPHEALTH_TARGET_AVX2 __attribute__((target("avx2,fma,f16c,bmi,bmi2,popcnt,lzcnt")))
#define DEEPHEALTH_TARGET_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx2,fma,f16c,bmi,bmi2,popcnt,lzcnt,prefer-vector-width=512")))

template <typename Kernel, typename... Arguments>
DEEPHEALTH_TARGET_AVX512 void runForAvx512(Arguments... arguments) {
  Kernel::template run<SimdLevel::kAvx512>(arguments...);
}

template <typename Kernel, typename... Arguments>
DEEPHEALTH_TARGET_AVX2 void runForAvx2(Arguments... arguments) {
  Kernel::template run<SimdLevel::kAvx2>(arguments...);
}
#endif

/**
 * Runs `Kernel::run<level>(arguments...)` for the level of this processor. `run` is a static template
 * over the level, marked DEEPHEALTH_INLINE, and so is everything that it calls in its loops.
 */
template <typename Kernel, typename... Arguments>
void dispatch(Arguments... arguments) {
#if defined(__x86_64__)
  const SimdLevel level = simdLevel();
  if (level == SimdLevel::kAvx512) return runForAvx512<Kernel, Arguments...>(arguments...);
  if (level == SimdLevel::kAvx2) return runForAvx2<Kernel, Arguments...>(arguments...);
#endif
  Kernel::template run<SimdLevel::kBaseline>(arguments...);
}

}  // namespace deephealth
