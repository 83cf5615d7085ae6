// What a ring is to serve, and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tensor-check.h"

namespace deephealth {

struct RingOptions {
  const uint8_t* requests;
  size_t requestBytes;
  uint8_t* answers;
  size_t answerBytes;
  std::vector<DeclaredTensor> inputs;
  std::vector<DeclaredTensor> outputs;
  /** Sizes in which requests may share a run, ascending; the first is 1. */
  std::vector<size_t> sizes;
  /** The first extent of every tensor is open: the batch. */
  bool isBatched;
  /** Socket whose other end the server listens to; a byte says that answers have come. */
  int bell;

  /** The largest of the proven sizes that is not above `count`. */
  size_t servedSize(size_t count) const {
    size_t size = 1;
    for (const size_t served : sizes) {
      if (served <= count) size = served;
    }
    return size;
  }
};

}  // namespace deephealth
