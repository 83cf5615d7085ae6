// A request of the ring that the host has taken for a run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace deephealth {

struct InputTensor {
  /** Its place among the declared inputs. */
  size_t declared;
  std::vector<int64_t> shape;
  /** In the segment of requests. */
  const uint8_t* data;
  size_t bytes;
};

struct ClaimedRequest {
  size_t slot;
  /** The state word of its slot while it runs. */
  uint32_t state;
  std::vector<InputTensor> inputs;
  bool hasLeft;
};

}  // namespace deephealth
