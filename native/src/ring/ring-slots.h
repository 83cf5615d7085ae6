// Where the slots of a ring lie in its two segments; ring-layout.h says what stands in them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ring-layout.h"

namespace deephealth {

class RingSlots {
 public:
  RingSlots(const uint8_t* requests, uint8_t* answers) : requests_(requests), answers_(answers) {}

  /** A number of the segment of requests, which the server writes. */
  const uint32_t* requestWord(size_t byteOffset) const {
    return reinterpret_cast<const uint32_t*>(requests_ + byteOffset);
  }
  uint32_t* answerWord(size_t byteOffset) const { return reinterpret_cast<uint32_t*>(answers_ + byteOffset); }

  uint32_t* state(size_t slot) const { return answerWord(kStatesOffset + slot * sizeof(uint32_t)); }

  /** Fields of a request, see RequestField. */
  const double* request(size_t slot) const {
    return reinterpret_cast<const double*>(requests_ + kRequestSlots + slot * kSlotBytes);
  }

  /** Fields of an answer, see AnswerField. */
  double* answer(size_t slot) const {
    return reinterpret_cast<double*>(answers_ + kAnswerSlots + slot * kSlotBytes);
  }

 private:
  const uint8_t* requests_;
  uint8_t* answers_;
};

}  // namespace deephealth
