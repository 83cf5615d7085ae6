// Three channels side by side to planes of one channel each and back, for a block of pixels.
#pragma once

#include <cstddef>
#include <cstdint>

namespace deephealth {

/** `count` pixels of three channels into three planes. For elements of 1, 2 and 4 bytes. */
template <typename T>
void deinterleave3(const T* pixels, size_t count, T* first, T* second, T* third);

/** Three planes into `count` pixels of three channels. For elements of 1, 2 and 4 bytes. */
template <typename T>
void interleave3(const T* first, const T* second, const T* third, size_t count, T* pixels);

}  // namespace deephealth
