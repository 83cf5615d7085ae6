"""A client of the contract from generated code only: stubs, request builders and refusals."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from check_report import CheckFailed, expect_equal
from deephealth.runtime.v1 import input_pb2, model_runtime_pb2, model_runtime_pb2_grpc, tensor_pb2
from google.rpc import error_details_pb2, status_pb2
from inference import grpc_service_pb2, grpc_service_pb2_grpc

TIMEOUT_S = 30.0
MAX_MESSAGE_BYTES = 128 * 1024 * 1024
STATUS_TRAILER = "grpc-status-details-bin"


@dataclass(frozen=True)
class Refusal:
    """A call's error as this peer reads it."""

    code: grpc.StatusCode
    message: str
    reason: str
    domain: str
    metadata: dict[str, str]


class RuntimePeer:
    """Stubs on one channel, and what the test script says about the server's models."""

    def __init__(self, address: str, expected: Path) -> None:
        self.channel = grpc.insecure_channel(
            address,
            options=[
                ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
                ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ],
        )
        self.runtime = model_runtime_pb2_grpc.ModelRuntimeStub(self.channel)
        self.inference = grpc_service_pb2_grpc.GRPCInferenceServiceStub(self.channel)
        self.expected: dict[str, Any] = json.loads(expected.read_text(encoding="utf-8"))

    def model(self, name: str, version: str = "1") -> dict[str, str]:
        """Digest and state of a version, as the test script wrote it."""
        return next(m for m in self.expected["models"] if (m["name"], m["version"]) == (name, version))

    def predict(self, request: model_runtime_pb2.PredictRequest) -> model_runtime_pb2.PredictResponse:
        return self.runtime.Predict(request, timeout=TIMEOUT_S)

    def expect_served(self) -> None:
        """The next valid request is answered correctly, as it must be after any refusal."""
        row = [0.5, -8.0, 3.0, 1.0]
        response = self.predict(tensor_request("identity-fp32", "x", row))
        expect_equal("values after the refusal", fp32_values(response.findings[0].tensor.data), row)


def fp32_bytes(values: Sequence[float]) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def fp32_values(data: bytes) -> list[float]:
    return list(struct.unpack(f"<{len(data) // 4}f", data))


def fp32_input(name: str, values: Sequence[float], data: bytes | None = None) -> input_pb2.NamedInput:
    """One row; `data` replaces the bytes, for requests that are wrong on purpose."""
    tensor = tensor_pb2.Tensor(
        data_type=tensor_pb2.DATA_TYPE_FP32,
        shape=[1, len(values)],
        data=fp32_bytes(values) if data is None else data,
    )
    return input_pb2.NamedInput(name=name, tensor=tensor)


def tensor_request(
    model: str, name: str, values: Sequence[float], data: bytes | None = None, **fields: Any
) -> model_runtime_pb2.PredictRequest:
    return model_runtime_pb2.PredictRequest(
        model_name=model, inputs=[fp32_input(name, values, data)], **fields
    )


def table_request(values: Sequence[input_pb2.TableValue], **fields: Any) -> model_runtime_pb2.PredictRequest:
    patient = input_pb2.NamedInput(name="patient", table=input_pb2.Table(values=values))
    return model_runtime_pb2.PredictRequest(model_name="risk-table", inputs=[patient], **fields)


def patient_values(
    age: float = 55.0,
    sex: str = "female",
    smoker: bool = True,
    pressure: float | None = 142.0,
    age_unit: str = "a",
) -> list[input_pb2.TableValue]:
    """Columns of risk-table; a pressure of None is sent as missing."""
    missing = input_pb2.TableValue(name="pressure", missing=input_pb2.MISSING_REASON_NOT_PERFORMED)
    known = input_pb2.TableValue(name="pressure", number=pressure, unit="mm[Hg]")
    return [
        input_pb2.TableValue(name="age", number=age, unit=age_unit),
        input_pb2.TableValue(name="sex", category=sex),
        input_pb2.TableValue(name="smoker", boolean=smoker),
        missing if pressure is None else known,
    ]


def infer_request(
    model: str, values: Sequence[float], raw: bool = True, request_id: str = ""
) -> grpc_service_pb2.ModelInferRequest:
    """One FP32 row for the input "x", as raw bytes or as typed contents."""
    request = grpc_service_pb2.ModelInferRequest(model_name=model, id=request_id)
    tensor = request.inputs.add(name="x", datatype="FP32", shape=[1, len(values)])
    if raw:
        request.raw_input_contents.append(fp32_bytes(values))
    else:
        tensor.contents.fp32_contents.extend(values)
    return request


def refusal_of(call: Callable[[], object]) -> Refusal:
    """The error of a call, details decoded; fails the check if the call succeeds or they are absent."""
    try:
        answer = call()
    except grpc.RpcError as error:
        return read_refusal(error)
    raise CheckFailed("the call must be refused", "an error", answer)


def read_refusal(error: grpc.RpcError) -> Refusal:
    trailers = dict(error.trailing_metadata() or ())
    if STATUS_TRAILER not in trailers:
        raise CheckFailed(
            "the error must carry details", STATUS_TRAILER, (error.code(), error.details(), trailers)
        )
    status = status_pb2.Status.FromString(trailers[STATUS_TRAILER])
    expect_equal("code in the details", status.code, error.code().value[0])
    expect_equal("message in the details", status.message, error.details())
    info = error_details_pb2.ErrorInfo()
    found = [info for detail in status.details if detail.Unpack(info)]
    expect_equal("number of ErrorInfo details", len(found), 1)
    return Refusal(error.code(), error.details() or "", info.reason, info.domain, dict(info.metadata))


def expect_refusal(refusal: Refusal, code: grpc.StatusCode, reason: str, **metadata: str) -> None:
    expect_equal("status code", refusal.code, code)
    expect_equal("reason", refusal.reason, reason)
    expect_equal("domain", refusal.domain, "deephealth")
    for key, value in metadata.items():
        expect_equal(f"metadata {key!r}", refusal.metadata.get(key), value)
    expect_equal("metadata names who has to act", "source" in refusal.metadata, True)
    expect_equal(
        "metadata says whether to retry", refusal.metadata.get("retryable") in ("true", "false"), True
    )
