"""What a request is held to before anything runs."""

from __future__ import annotations

import re

import grpc
from deephealth.runtime.v1 import input_pb2, model_runtime_pb2, tensor_pb2
from models import ELEMENT_BYTES, Declared, Model, Tensor, all_finite
from packages import Package
from refusal import Refusal, invalid, precondition

MAX_TENSOR_ELEMENTS = 2**24


def check_request(request: model_runtime_pb2.PredictRequest) -> None:
    if re.fullmatch(r"[\x20-\x7e]{0,128}", request.request_id) is None:
        raise invalid("REQUEST_ID_INVALID", "The request id is too long or holds other characters.")
    # Refused, never left aside: the caller would take the answer for more than it is.
    if request.HasField("sequence_context"):
        raise unsupported("The model keeps no state between requests.")
    if request.highlights:
        raise unsupported("The model declares no explanation for this output.")


def check_package(request: model_runtime_pb2.PredictRequest, package: Package) -> None:
    if request.expected_package_sha256 not in ("", package.sha256):
        raise precondition("PACKAGE_DIGEST_MISMATCH", "The package is another one than the request expects.")


def check_inputs(model: Model, inputs: list[input_pb2.NamedInput]) -> dict[str, Tensor]:
    """The tensors by name, each as the model declares it."""
    declared = {one.name: one for one in model.inputs}
    checked: dict[str, Tensor] = {}
    for given in inputs:
        if given.name not in declared:
            raise invalid("INPUT_UNKNOWN", "The model declares no input of this name.", input=given.name)
        if given.name in checked:
            raise invalid("INPUT_DUPLICATE", "The same input was sent twice.", input=given.name)
        kind = given.WhichOneof("value")
        if kind != "tensor":
            details = {"input": given.name, "expected": "tensor", "received": kind or "none"}
            raise invalid("INPUT_KIND_MISMATCH", "The input is no tensor.", **details)
        checked[given.name] = check_tensor(declared[given.name], given.tensor)
    for name in declared:
        if name not in checked:
            raise invalid("INPUT_MISSING", "An input was not sent.", input=name)
    return checked


def check_tensor(declared: Declared, tensor: tensor_pb2.Tensor) -> Tensor:
    name, shape = declared.name, tuple(tensor.shape)
    if tensor.data_type != declared.data_type:
        raise invalid("TENSOR_DATATYPE_MISMATCH", "The tensor is of another type.", input=name)
    mismatch = invalid(
        "TENSOR_SHAPE_MISMATCH", "The tensor has another shape.", input=name, expected=list(declared.shape), received=list(shape)
    )
    if any(extent < 0 for extent in shape):
        raise mismatch
    elements = 1
    for extent in shape:
        elements *= extent
    # Before anything is allocated. A zero makes any product 0, so each extent is looked at, too.
    if elements > MAX_TENSOR_ELEMENTS or any(extent > MAX_TENSOR_ELEMENTS for extent in shape):
        raise invalid("TENSOR_SHAPE_OVERFLOW", "The tensor has more elements than the server allows.", input=name)
    if len(shape) != len(declared.shape) or any(w not in (-1, g) for w, g in zip(declared.shape, shape)):
        raise mismatch
    expected = elements * ELEMENT_BYTES[declared.data_type]
    if len(tensor.data) != expected:
        details = {"input": name, "expected": expected, "received": len(tensor.data)}
        raise invalid("TENSOR_SIZE_MISMATCH", "The bytes do not fit the shape.", **details)
    checked = Tensor(tensor.data_type, shape, tensor.data)
    if not declared.allows_non_finite and not all_finite(checked):
        raise invalid("VALUE_NOT_FINITE", "NaN or infinity where the model does not allow it.", input=name)
    return checked


def wanted_outputs(model: Model, wanted: list[str]) -> list[str]:
    """The outputs that were asked for, in the model's order; all if none was named."""
    names = [output.name for output in model.outputs]
    for name in wanted:
        if name not in names:
            raise invalid("OUTPUT_UNKNOWN", "The model declares no output of this name.", output=name)
    return [name for name in names if not wanted or name in wanted]


def unsupported(message: str) -> Refusal:
    return Refusal(grpc.StatusCode.UNIMPLEMENTED, "FEATURE_UNSUPPORTED", message)
