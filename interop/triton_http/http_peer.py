"""An unmodified tritonclient over HTTP, and the calls that several checks make with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tritonclient.http as triton
from array_checks import expect_same_array
from check_report import CheckFailed, expect_equal
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

TIMEOUT_S = 30.0
# A row that only this server's answer can be mistaken for.
SOUND_ROW = np.array([[0.5, -8.0, 3.0, 1.0]], dtype=np.float32)


class HttpPeer:
    """A client, and what the test script says about the server's models."""

    def __init__(self, address: str, expected: Path) -> None:
        self.address = address
        self.client = triton.InferenceServerClient(
            url=address, concurrency=10, connection_timeout=TIMEOUT_S, network_timeout=TIMEOUT_S
        )
        self.expected: dict[str, Any] = json.loads(expected.read_text(encoding="utf-8"))

    def infer(
        self, model: str, arrays: Mapping[str, np.ndarray], json_inputs: Sequence[str] = (), **options: Any
    ) -> triton.InferResult:
        """Inputs go as binary data, those in `json_inputs` as JSON."""
        return self.client.infer(model, infer_inputs(arrays, json_inputs), **options)

    def expect_identity(self, model: str, array: np.ndarray, **options: Any) -> None:
        """The model gives back exactly the bits that it was sent."""
        received = self.infer(model, {"x": array}, **options).as_numpy("y")
        expect_same_array(f"output of {model}", received, array)

    def expect_json_identity(self, model: str, array: np.ndarray) -> None:
        """The same with JSON in both directions."""
        result = self.infer(
            model, {"x": array}, json_inputs=["x"], outputs=[triton.InferRequestedOutput("y", binary_data=False)]
        )
        output = result.get_output("y")
        expect_equal("output is JSON", "data" in output, True)
        expect_same_array(f"output of {model}", result.as_numpy("y"), array)

    def expect_served(self) -> None:
        """The next valid request is answered correctly, as it must be after any refusal."""
        self.expect_identity("identity-fp32", SOUND_ROW)


def infer_inputs(arrays: Mapping[str, np.ndarray], json_inputs: Sequence[str] = ()) -> list[triton.InferInput]:
    inputs = []
    for name, array in arrays.items():
        tensor = triton.InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype))
        tensor.set_data_from_numpy(array, binary_data=name not in json_inputs)
        inputs.append(tensor)
    return inputs


def refusal_of(call: Callable[[], object]) -> InferenceServerException:
    """The error of a call; fails the check if the call succeeds."""
    try:
        answer = call()
    except InferenceServerException as error:
        return error
    raise CheckFailed("the call must be refused", "an error", answer)


def expect_refusal(error: InferenceServerException, status: int, start: str) -> None:
    message = error.message() or ""
    expect_equal(f"status of {message!r}", error.status(), str(status))
    expect_equal(f"start of {message!r}", message[: len(start)], start)
