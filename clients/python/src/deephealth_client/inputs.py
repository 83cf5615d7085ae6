"""Inputs of a request, by the names that a model's manifest declares."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from deephealth.runtime.v1 import input_pb2, tensor_pb2

Number = int | float
Value = Number | str | bool | tuple[Number, str] | None


def table_input(name: str, values: Mapping[str, Value]) -> input_pb2.NamedInput:
    """Named values of one subject: numbers alone or with a UCUM unit, categories, truth values; None is unknown."""
    cells = [_cell(column, value) for column, value in values.items()]
    return input_pb2.NamedInput(name=name, table=input_pb2.Table(values=cells))


def _cell(name: str, value: Value) -> input_pb2.TableValue:
    if value is None:
        return input_pb2.TableValue(name=name, missing=input_pb2.MISSING_REASON_UNKNOWN)
    # bool first: it is an int.
    if isinstance(value, bool):
        return input_pb2.TableValue(name=name, boolean=value)
    if isinstance(value, str):
        return input_pb2.TableValue(name=name, category=value)
    number, unit = value if isinstance(value, tuple) else (value, "1")
    return input_pb2.TableValue(name=name, number=number, unit=unit)


def file_input(name: str, data: bytes, media_type: str, *, is_volume: bool = False) -> input_pb2.NamedInput:
    """A file as it is; NIfTI is a volume, and DICOM where `is_volume` says so."""
    if is_volume or media_type == "application/x-nifti":
        file = input_pb2.EncodedFile(data=data, media_type=media_type)
        return input_pb2.NamedInput(name=name, volume=input_pb2.Volume(file=file))
    return input_pb2.NamedInput(name=name, image=input_pb2.Image(data=data, media_type=media_type))


def tensor_input(name: str, values: Sequence[float], shape: Sequence[int]) -> input_pb2.NamedInput:
    """FP32 numbers in row-major order."""
    tensor = tensor_pb2.Tensor(
        data_type=tensor_pb2.DATA_TYPE_FP32,
        shape=list(shape),
        data=struct.pack(f"<{len(values)}f", *values),
    )
    return input_pb2.NamedInput(name=name, tensor=tensor)
