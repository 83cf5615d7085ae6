"""The models that this runtime knows. A real runtime would read the graph; these few are written by hand."""

from __future__ import annotations

import math
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from deephealth.runtime.v1 import tensor_pb2

FP32, INT64, UINT8 = tensor_pb2.DATA_TYPE_FP32, tensor_pb2.DATA_TYPE_INT64, tensor_pb2.DATA_TYPE_UINT8

ELEMENT_BYTES = {FP32: 4, INT64: 8, UINT8: 1}
# How long "conformance-slow" runs, in seconds: long enough that something can happen meanwhile.
SLOW_SECONDS = 0.3


@dataclass(frozen=True)
class Tensor:
    """Elements in row-major order, little-endian, as on the wire."""

    data_type: int
    shape: tuple[int, ...]
    data: bytes


@dataclass(frozen=True)
class Declared:
    """A tensor of a model; -1 for an extent that may vary."""

    name: str
    data_type: int
    shape: tuple[int, ...]
    allows_non_finite: bool = False


@dataclass(frozen=True)
class Model:
    inputs: tuple[Declared, ...]
    outputs: tuple[Declared, ...]
    run: Callable[[dict[str, Tensor]], dict[str, Tensor]]


def floats(tensor: Tensor) -> tuple[float, ...]:
    return struct.unpack(f"<{len(tensor.data) // 4}f", tensor.data)


def fp32(shape: tuple[int, ...], values: list[float]) -> Tensor:
    return Tensor(FP32, shape, struct.pack(f"<{len(values)}f", *values))


def all_finite(tensor: Tensor) -> bool:
    return tensor.data_type != FP32 or all(math.isfinite(value) for value in floats(tensor))


def identity(inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    # The bytes themselves: a detour over numbers would lose the bits of a NaN.
    return {"y": inputs["x"]}


def slow(inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    time.sleep(SLOW_SECONDS)
    return identity(inputs)


def relu(inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    x = inputs["x"]
    return {"y": fp32(x.shape, [value if value > 0 else 0.0 for value in floats(x)])}


def matmul(inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """a [n, k] times b [k, m]; sums in FP64, rounded once."""
    (n, k), (_, m) = inputs["a"].shape, inputs["b"].shape
    a, b = floats(inputs["a"]), floats(inputs["b"])
    y = [math.fsum(a[row * k + i] * b[i * m + column] for i in range(k)) for row in range(n) for column in range(m)]
    return {"y": fp32((n, m), y)}


def one_to_one(data_type: int, shape: tuple[int, ...], run: Callable, allows_non_finite: bool = False) -> Model:
    return Model(
        inputs=(Declared("x", data_type, shape, allows_non_finite),),
        outputs=(Declared("y", data_type, shape, allows_non_finite),),
        run=run,
    )


MODELS = {
    "conformance-identity-fp32": one_to_one(FP32, (-1,), identity, allows_non_finite=True),
    "conformance-identity-int64": one_to_one(INT64, (-1,), identity),
    "conformance-identity-uint8": one_to_one(UINT8, (-1,), identity),
    "conformance-matmul": Model(
        inputs=(Declared("a", FP32, (-1, 4)), Declared("b", FP32, (4, 4))),
        outputs=(Declared("y", FP32, (-1, 4)),),
        run=matmul,
    ),
    "conformance-relu": one_to_one(FP32, (-1, 6), relu),
    "conformance-slow": one_to_one(FP32, (-1, 4), slow),
}
