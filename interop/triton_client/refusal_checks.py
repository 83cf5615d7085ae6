"""Checks of what the server refuses and what a caller gives up."""

from __future__ import annotations

import numpy as np
import tritonclient.grpc as triton
from check_report import expect_equal, expect_true
from triton_peer import TIMEOUT_S, TritonPeer, expect_refusal, refusal_of

ROW = np.array([[1, 2, 3, 4]], dtype=np.float32)


def unknown_model(peer: TritonPeer) -> None:
    """An unknown model is NOT_FOUND with the sentence that tools look for"""
    error = refusal_of(lambda: peer.infer("no-such-model", {"x": ROW}))
    expect_refusal(error, "NOT_FOUND", "Request for unknown model: 'no-such-model'")


def unknown_version(peer: TritonPeer) -> None:
    """An unknown version is NOT_FOUND with the same sentence"""
    error = refusal_of(lambda: peer.infer("mlp", {"features": ROW}, model_version="9"))
    expect_refusal(error, "NOT_FOUND", "Request for unknown model: 'mlp' version 9")


def wrong_input_name(peer: TritonPeer) -> None:
    """A wrong input name is INVALID_ARGUMENT and named"""
    error = refusal_of(lambda: peer.infer("identity-fp32", {"z": ROW}))
    expect_refusal(error, "INVALID_ARGUMENT", "unexpected inference input 'z' for model 'identity-fp32'")
    peer.expect_served()


def wrong_output_name(peer: TritonPeer) -> None:
    """A wrong output name is INVALID_ARGUMENT and named"""
    wanted = [triton.InferRequestedOutput("z")]
    error = refusal_of(lambda: peer.infer("identity-fp32", {"x": ROW}, outputs=wanted))
    expect_refusal(error, "INVALID_ARGUMENT", "unexpected inference output 'z' for model 'identity-fp32'")


def missing_input(peer: TritonPeer) -> None:
    """One input of two is INVALID_ARGUMENT and counted"""
    left = np.zeros((1, 16), dtype=np.int32)
    error = refusal_of(lambda: peer.infer("sum-and-difference", {"left": left}))
    expect_refusal(
        error, "INVALID_ARGUMENT", "expected 2 inputs but got 1 inputs for model 'sum-and-difference'"
    )


def wrong_type(peer: TritonPeer) -> None:
    """Another element type is INVALID_ARGUMENT, never converted"""
    error = refusal_of(lambda: peer.infer("identity-fp32", {"x": ROW.astype(np.float64)}))
    expect_equal("status", error.status(), "StatusCode.INVALID_ARGUMENT")
    peer.expect_served()


def wrong_shape(peer: TritonPeer) -> None:
    """Another shape is INVALID_ARGUMENT"""
    error = refusal_of(lambda: peer.infer("identity-fp32", {"x": np.ones((2, 5), dtype=np.float32)}))
    expect_equal("status", error.status(), "StatusCode.INVALID_ARGUMENT")
    peer.expect_served()


def refused_model(peer: TritonPeer) -> None:
    """A version that failed verification is not served"""
    error = refusal_of(lambda: peer.infer("wrong-golden", {"x": ROW}))
    expect_equal("status", error.status(), "StatusCode.FAILED_PRECONDITION")


def server_side_timeout(peer: TritonPeer) -> None:
    """The timeout parameter, in microseconds, ends a request that takes longer, and lets a shorter one be answered"""
    peer.infer("identity-fp32", {"x": ROW}, timeout=20_000_000)
    error = refusal_of(lambda: peer.infer("slow", {"x": ROW}, timeout=100_000))
    expect_equal("status", error.status(), "StatusCode.DEADLINE_EXCEEDED")
    peer.expect_served()


def client_timeout(peer: TritonPeer) -> None:
    """A client_timeout that passes is DEADLINE_EXCEEDED, and the next requests are answered"""
    error = refusal_of(lambda: peer.infer("slow", {"x": ROW}, client_timeout=0.1))
    expect_equal("status", error.status(), "StatusCode.DEADLINE_EXCEEDED")
    peer.expect_served()


def shared_memory_input(peer: TritonPeer) -> None:
    """An input in shared memory that was never registered is refused"""
    tensor = triton.InferInput("x", [1, 4], "FP32")
    tensor.set_shared_memory("region", 16)
    error = refusal_of(lambda: peer.client.infer("identity-fp32", [tensor], client_timeout=TIMEOUT_S))
    expect_equal("status", error.status(), "StatusCode.INVALID_ARGUMENT")
    peer.expect_served()


CHECKS = [
    unknown_model,
    unknown_version,
    wrong_input_name,
    wrong_output_name,
    missing_input,
    wrong_type,
    wrong_shape,
    refused_model,
    server_side_timeout,
    client_timeout,
    shared_memory_input,
]
