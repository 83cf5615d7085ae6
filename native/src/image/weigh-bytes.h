// Rows of bytes, weighed by integers of 16 bits and added: the larger part of shrinking an image.
#pragma once

#include <cstddef>
#include <cstdint>

#include "axis-samples.h"

namespace deephealth {

/** Whether weighBytes can take these weights, and this processor has a faster way for them. */
bool canWeighBytes(const AxisSamples& samples);

/** `output[i]` is the sum of `rows[k][i] * weights[k]`, exactly. Overflow of 32 bits is the caller's to exclude. */
void weighBytes(const uint8_t* const* rows, const double* weights, size_t count, size_t length, double* output);

}  // namespace deephealth
