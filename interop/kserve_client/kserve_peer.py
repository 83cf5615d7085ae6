"""Unmodified clients of KServe, over gRPC and HTTP, and the calls that several checks make with them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc
import httpx
import numpy as np
from array_checks import expect_same_array
from check_report import CheckFailed, expect_equal
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, InferResponse
from kserve.inference_client import RESTConfig
from kserve.utils.numpy_codec import from_np_dtype

TIMEOUT_S = 30.0
SOUND_ROW = np.array([[0.5, -8.0, 3.0, 1.0]], dtype=np.float32)


class KserveClients:
    """Both clients, and what the test script says about the server's models."""

    def __init__(self, address: str, base_url: str, expected: dict[str, Any]) -> None:
        self.address = address
        self.base_url = base_url
        self.expected = expected
        self.grpc = InferenceGRPCClient(address, timeout=TIMEOUT_S)
        self.rest = InferenceRESTClient(RESTConfig(protocol="v2", timeout=TIMEOUT_S))

    async def over_grpc(self, model: str, inputs: Sequence[InferInput], **options: Any) -> InferResponse:
        return await self.grpc.infer(InferRequest(model_name=model, infer_inputs=list(inputs), **options))

    async def over_rest(
        self,
        model: str,
        inputs: Sequence[InferInput],
        response_headers: dict[str, str] | None = None,
        timeout: float = TIMEOUT_S,
        **options: Any,
    ) -> InferResponse:
        request = InferRequest(model_name=model, infer_inputs=list(inputs), **options)
        return await self.rest.infer(
            self.base_url, request, model_name=model, response_headers=response_headers, timeout=timeout
        )

    async def expect_served(self) -> None:
        """The next valid request is answered correctly, as it must be after any refusal."""
        for infer in (self.over_grpc, self.over_rest):
            response = await infer("identity-fp32", [as_binary("x", SOUND_ROW)])
            expect_same_array("the next answer", array_of(response, "y"), SOUND_ROW)


AsyncCheck = Callable[[KserveClients], Coroutine[Any, Any, None]]


class KservePeer:
    """Runs each check in one event loop: the clients belong to the loop in which they were made."""

    def __init__(self, address: str, base_url: str, expected: Path) -> None:
        # Both log each refusal with its stack, and most checks want one.
        logging.disable(logging.CRITICAL)
        self.loop = asyncio.new_event_loop()
        self.clients = self.loop.run_until_complete(
            self._connect(address, base_url, json.loads(expected.read_text(encoding="utf-8")))
        )

    @staticmethod
    async def _connect(address: str, base_url: str, expected: dict[str, Any]) -> KserveClients:
        return KserveClients(address, base_url, expected)

    def in_loop(self, check: AsyncCheck) -> Callable[[KservePeer], None]:
        def run(_: KservePeer) -> None:
            self.loop.run_until_complete(check(self.clients))

        run.__doc__ = check.__doc__
        return run

    def close(self) -> None:
        self.loop.run_until_complete(self.clients.grpc.close())
        self.loop.run_until_complete(self.clients.rest.close())


def as_binary(name: str, array: np.ndarray) -> InferInput:
    """Raw contents over gRPC, binary data behind the JSON over HTTP."""
    tensor = InferInput(name, list(array.shape), from_np_dtype(array.dtype))
    tensor.set_data_from_numpy(array, binary_data=True)
    return tensor


def as_values(name: str, array: np.ndarray) -> InferInput:
    """Typed contents over gRPC, JSON over HTTP."""
    tensor = InferInput(name, list(array.shape), from_np_dtype(array.dtype))
    tensor.set_data_from_numpy(array, binary_data=False)
    return tensor


def array_of(response: InferResponse, name: str) -> np.ndarray:
    (output,) = [output for output in response.outputs if output.name == name]
    return output.as_numpy()


async def grpc_refusal_of(call: Coroutine[Any, Any, object]) -> grpc.aio.AioRpcError:
    """The error of a call; fails the check if the call succeeds."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return error
    raise CheckFailed("the call must be refused", "an error", answer)


async def rest_refusal_of(call: Coroutine[Any, Any, object]) -> httpx.HTTPStatusError:
    """The error of a call; fails the check if the call succeeds."""
    try:
        answer = await call
    except httpx.HTTPStatusError as error:
        return error
    raise CheckFailed("the call must be refused", "an error", answer)


def expect_grpc_refusal(error: grpc.aio.AioRpcError, status: grpc.StatusCode, start: str = "") -> None:
    details = error.details() or ""
    expect_equal(f"status of {details!r}", error.code(), status)
    expect_equal(f"start of {details!r}", details[: len(start)], start)


def expect_rest_refusal(error: httpx.HTTPStatusError, status: int, start: str = "") -> None:
    message = str(error)
    expect_equal(f"status of {message!r}", error.response.status_code, status)
    # The client puts the server's sentence in front of its own.
    expect_equal(f"start of {message!r}", message[: len(start)], start)
