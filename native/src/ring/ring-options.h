// What JavaScript says of a ring.
#pragma once

#if defined(__linux__)

#include <napi.h>

#include "ring-declaration.h"

namespace deephealth {

/**
 * { requests, answers, inputs, outputs, sizes, bell } with tensors as
 * [name, element type, extents, largest extent, must be finite, lowest, highest], bounds NaN for none.
 * Throws TypeError or RangeError.
 */
RingOptions readRingOptions(const Napi::Value& value);

}  // namespace deephealth

#endif
