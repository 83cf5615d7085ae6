// Waiting for a number in shared memory to change, on Linux.
#pragma once

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstdint>

namespace deephealth {

/** Returns when the number was woken, is another one than `seen`, or for no reason at all. Reading is enough. */
inline void futexWait(const uint32_t* number, uint32_t seen) {
  syscall(SYS_futex, number, FUTEX_WAIT, seen, nullptr, nullptr, 0);
}

inline void futexWake(const uint32_t* number) {
  syscall(SYS_futex, number, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace deephealth
#endif
