"""Comparison of arrays, bit for bit, and the values that show whether one was kept."""

from __future__ import annotations

import numpy as np
from check_report import CheckFailed, expect_equal

MANTISSA_BITS = {np.float16: 10, np.float32: 23}


def expect_same_array(what: str, received: np.ndarray | None, expected: np.ndarray) -> None:
    """Type, shape and bits are the same; a difference is shown by its first elements only."""
    if received is None:
        raise CheckFailed(what, expected.dtype, None)
    expect_equal(
        f"{what}: type and shape", (received.dtype, received.shape), (expected.dtype, expected.shape)
    )
    if expected.dtype == np.object_:
        for index, (r, e) in enumerate(zip(received.ravel(), expected.ravel(), strict=True)):
            if r != e:
                raise CheckFailed(f"{what}: element {index} of {len(r)} and {len(e)} bytes", e[:40], r[:40])
    elif received.tobytes() != expected.tobytes():
        raise CheckFailed(what, expected.ravel()[:16], received.ravel()[:16])


def finite_floats(float_type: type[np.float16] | type[np.float32]) -> np.ndarray:
    """Zeros of both signs, subnormals, the extremes, the smallest step above one, and a third: [2, 4]."""
    limits = np.finfo(float_type)
    values = [0.0, -0.0, limits.smallest_subnormal, -limits.smallest_subnormal]
    values += [limits.max, limits.min, 1.0 + limits.eps, 1 / 3]
    return np.array(values, dtype=float_type).reshape(2, 4)


def special_floats(float_type: type[np.float16] | type[np.float32]) -> np.ndarray:
    """Those of `finite_floats`, infinities, and NaN with and without payload: [3, 4]."""
    array = np.array([np.inf, -np.inf, np.nan, 0.0], dtype=float_type)
    bits = array.view(np.uint16 if float_type is np.float16 else np.uint32)
    quiet = 1 << (MANTISSA_BITS[float_type] - 1)
    bits[-1] = np.array(np.inf, dtype=float_type).view(bits.dtype) | quiet | 5
    return np.concatenate([finite_floats(float_type), array.reshape(1, 4)])


# Beyond the integers that a double holds, and both ends of the range: [1, 4].
WIDE_INTEGERS = np.array([[2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)]], dtype=np.int64)
