"""MLServer's own types, codecs and stubs as a client, and the calls that several checks make with them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pandas as pd
from array_checks import expect_same_array
from check_report import CheckFailed, expect_equal
from mlserver.codecs import NumpyCodec
from mlserver.grpc.converters import ModelInferRequestConverter, ModelInferResponseConverter
from mlserver.grpc.dataplane_pb2_grpc import GRPCInferenceServiceStub
from mlserver.types import InferenceErrorResponse, InferenceRequest, InferenceResponse, RequestInput, ResponseOutput

TIMEOUT_S = 30.0
SOUND_ROW = np.array([[0.5, -8.0, 3.0, 1.0]], dtype=np.float32)
MAX_MESSAGE_BYTES = 64 * 1024 * 1024

# Without the proxy of the environment, which knows no way to loopback.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class MlserverPeer:
    """A gRPC stub and an HTTP address, and what the test script says about the server's models."""

    def __init__(self, address: str, http_address: str, expected: Path, scratch: Path) -> None:
        limits = [("grpc.max_receive_message_length", MAX_MESSAGE_BYTES)]
        self.stub = GRPCInferenceServiceStub(grpc.insecure_channel(address, options=limits))
        self.http_address = http_address
        self.expected: dict[str, Any] = json.loads(expected.read_text(encoding="utf-8"))
        self.scratch = scratch

    def model_infer(
        self, model: str, request: InferenceRequest, version: str = "", use_raw: bool = False, timeout: float = TIMEOUT_S
    ) -> InferenceResponse:
        """Over gRPC: typed contents, or raw ones. Raw conversion empties the request, so a copy is sent."""
        message = ModelInferRequestConverter.from_types(request.model_copy(deep=True), model, version, use_raw=use_raw)
        return ModelInferResponseConverter.to_types(self.stub.ModelInfer(message, timeout=timeout))

    def get(self, path: str) -> bytes:
        return self._send(urllib.request.Request(f"http://{self.http_address}{path}"))

    def post(self, path: str, body: bytes) -> bytes:
        headers = {"content-type": "application/json"}
        return self._send(urllib.request.Request(f"http://{self.http_address}{path}", data=body, headers=headers))

    def rest_infer(self, model: str, request: InferenceRequest) -> InferenceResponse:
        """Over HTTP, with both bodies as MLServer's types write and read them."""
        body = request.model_dump_json().encode()
        return InferenceResponse.model_validate_json(self.post(f"/v2/models/{model}/infer", body))

    @staticmethod
    def _send(request: urllib.request.Request) -> bytes:
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            return answer.read()

    def expect_served(self) -> None:
        """The next valid request is answered correctly, as it must be after any refusal."""
        # Without a codec, whose parameters other checks look at.
        tensor = RequestInput(name="x", datatype="FP32", shape=[1, 4], data=SOUND_ROW.ravel().tolist())
        request = InferenceRequest(inputs=[tensor])
        for response in (self.model_infer("identity-fp32", request), self.rest_infer("identity-fp32", request)):
            expect_same_array("the next answer", array_of(response, "y"), SOUND_ROW)


def numpy_request(arrays: dict[str, np.ndarray], **options: Any) -> InferenceRequest:
    inputs = [NumpyCodec.encode_input(name, array) for name, array in arrays.items()]
    return InferenceRequest(inputs=inputs, **options)


def output_of(response: InferenceResponse, name: str) -> ResponseOutput:
    (output,) = [output for output in response.outputs if output.name == name]
    return output


def array_of(response: InferenceResponse, name: str) -> np.ndarray:
    return NumpyCodec.decode_output(output_of(response, name))


def body_mass_table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "height": np.array([1.5, 1.83, 2.0], dtype=np.float32),
            "weight": np.array([72.0, 91.5, 100.0], dtype=np.float32),
            "note": pd.Series(["at rest", "", "ü"], dtype=object),
        }
    )


def body_mass_of(table: pd.DataFrame) -> np.ndarray:
    """The closed form in FP32, one operation after the other as in the graph: [rows, 1]."""
    height, weight = (table[name].to_numpy(dtype=np.float32) for name in ("height", "weight"))
    return (weight / (height * height)).reshape(-1, 1)


def texts_of(output: ResponseOutput) -> list[str]:
    return [text.decode() if isinstance(text, bytes) else text for text in output.data.root]


def refusal_of(call: Callable[[], object]) -> grpc.RpcError:
    """The error of a gRPC call; fails the check if the call succeeds."""
    try:
        answer = call()
    except grpc.RpcError as error:
        return error
    raise CheckFailed("the call must be refused", "an error", answer)


def expect_refusal(error: grpc.RpcError, status: grpc.StatusCode, start: str = "") -> None:
    expect_equal(f"status of {error.details()!r}", error.code(), status)
    expect_equal(f"start of {error.details()!r}", error.details()[: len(start)], start)


def http_refusal_of(call: Callable[[], object]) -> tuple[int, str]:
    """Status and sentence of an HTTP error as MLServer's types read it; fails the check if the call succeeds."""
    try:
        answer = call()
    except urllib.error.HTTPError as error:
        return error.code, InferenceErrorResponse.model_validate_json(error.read()).error or ""
    raise CheckFailed("the call must be refused", "an error", answer)


def named(items: Sequence[Any]) -> list[tuple[str, str, list[int]]]:
    return [(item.name, str(getattr(item.datatype, "value", item.datatype)), list(item.shape)) for item in items]


