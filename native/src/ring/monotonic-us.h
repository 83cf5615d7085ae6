// The clock that the server's own times are of.
#pragma once

#include <chrono>

namespace deephealth {

inline double monotonicUs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::micro>(now).count();
}

}  // namespace deephealth
