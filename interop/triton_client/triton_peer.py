"""An unmodified tritonclient, and the calls that several checks make with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tritonclient.grpc as triton
from array_checks import expect_same_array
from check_report import CheckFailed, expect_equal
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

TIMEOUT_S = 30.0


class TritonPeer:
    """A client, and what the test script says about the server's models."""

    def __init__(self, address: str, expected: Path) -> None:
        self.client = triton.InferenceServerClient(url=address)
        self.expected: dict[str, Any] = json.loads(expected.read_text(encoding="utf-8"))

    def infer(self, model: str, arrays: Mapping[str, np.ndarray], **options: Any) -> triton.InferResult:
        return self.client.infer(model, infer_inputs(arrays), **{"client_timeout": TIMEOUT_S, **options})

    def expect_identity(self, model: str, array: np.ndarray, **options: Any) -> None:
        """The model gives back exactly the bits that it was sent."""
        received = self.infer(model, {"x": array}, **options).as_numpy("y")
        expect_same_array(f"output of {model}", received, array)

    def expect_served(self) -> None:
        """The next valid request is answered correctly, as it must be after any refusal."""
        self.expect_identity("identity-fp32", np.array([[0.5, -8.0, 3.0, 1.0]], dtype=np.float32))


def infer_inputs(arrays: Mapping[str, np.ndarray]) -> list[triton.InferInput]:
    inputs = []
    for name, array in arrays.items():
        tensor = triton.InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype))
        tensor.set_data_from_numpy(array)
        inputs.append(tensor)
    return inputs


def refusal_of(call: Callable[[], object]) -> InferenceServerException:
    """The error of a call; fails the check if the call succeeds."""
    try:
        answer = call()
    except InferenceServerException as error:
        return error
    raise CheckFailed("the call must be refused", "an error", answer)


def expect_refusal(error: InferenceServerException, status: str, start: str) -> None:
    expect_equal("status", error.status(), f"StatusCode.{status}")
    message = error.message() or ""
    expect_equal(f"start of {message!r}", message[: len(start)], start)
