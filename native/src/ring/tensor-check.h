// What a manifest says of a tensor, and whether one keeps it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace deephealth {

struct DeclaredTensor {
  std::string name;
  /** By ONNX's number. */
  int elementType;
  size_t elementBytes;
  /** -1 for an extent that may vary, from `minExtent` to `maxExtent`. */
  std::vector<int64_t> shape;
  int64_t minExtent;
  int64_t maxExtent;
  bool mustBeFinite;
  /** NaN where there is no bound. */
  double lowest;
  double highest;
};

/** True if the extents are those declared. */
bool keepsShape(const DeclaredTensor& declared, const std::vector<int64_t>& shape);

/**
 * True if the values are finite, where they must be, and within the declared range. Data need not be
 * aligned. A range can be checked of FP32 and FP64 only; whoever declares one for another type asks too much.
 */
bool keepsValues(const DeclaredTensor& declared, const void* data, size_t count);

/** Bytes of one element by ONNX's number of its type; 0 for texts and what else has no fixed size. */
size_t elementBytesOf(int elementType);

}  // namespace deephealth
