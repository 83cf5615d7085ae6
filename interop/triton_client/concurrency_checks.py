"""Checks of many requests at once."""

from __future__ import annotations

import queue

import numpy as np
import tritonclient.grpc as triton
from array_checks import expect_same_array
from check_report import expect_equal
from triton_peer import TIMEOUT_S, TritonPeer, infer_inputs, refusal_of
from tritonclient.utils import InferenceServerException

REQUESTS = 50

Answer = tuple[int, "triton.InferResult | None", "InferenceServerException | None"]


def row_of(tag: int) -> np.ndarray:
    return np.array([[tag, -tag, tag * 0.5, 1]], dtype=np.float32)


def asynchronous(peer: TritonPeer) -> None:
    """Each of 50 async_infer calls at once gets its own answer"""
    answers: queue.Queue[Answer] = queue.Queue()

    def collect(tag: int) -> object:
        return peer.client.async_infer(
            "identity-fp32",
            infer_inputs({"x": row_of(tag)}),
            callback=lambda result, error: answers.put((tag, result, error)),
            request_id=str(tag),
            client_timeout=TIMEOUT_S,
        )

    calls = [collect(tag) for tag in range(REQUESTS)]
    answered = [answers.get(timeout=TIMEOUT_S) for _ in calls]
    expect_equal("errors", [str(error) for _, _, error in answered if error is not None], [])
    expect_equal("tags", sorted(tag for tag, _, _ in answered), list(range(REQUESTS)))
    for tag, result, _ in answered:
        assert result is not None
        expect_equal(f"id of {tag}", result.get_response().id, str(tag))
        expect_same_array(f"values of {tag}", result.as_numpy("y"), row_of(tag))


def cancelled(peer: TritonPeer) -> None:
    """A call that its caller cancels ends as CANCELLED, and the next one is answered"""
    answers: queue.Queue[InferenceServerException | None] = queue.Queue()
    call = peer.client.async_infer(
        "slow",
        infer_inputs({"x": row_of(1)}),
        callback=lambda result, error: answers.put(error),
        client_timeout=TIMEOUT_S,
    )
    call.cancel()
    error = answers.get(timeout=TIMEOUT_S)
    expect_equal("status", error and error.status(), "StatusCode.CANCELLED")
    peer.expect_served()


def mixed(peer: TritonPeer) -> None:
    """Refused requests among sound ones disturb none of these"""
    for tag in range(REQUESTS):
        if tag % 5 == 0:
            refusal_of(lambda: peer.infer("identity-fp32", {"x": np.zeros((1, 3), dtype=np.float32)}))
        else:
            peer.expect_identity("identity-fp32", row_of(tag))


CHECKS = [asynchronous, cancelled, mixed]
