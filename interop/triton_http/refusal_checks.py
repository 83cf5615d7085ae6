"""Checks of what the server refuses over HTTP and what a caller gives up."""

from __future__ import annotations

import socket

import numpy as np
import tritonclient.http as triton
from check_report import CheckFailed, expect_equal, expect_true
from http_peer import TIMEOUT_S, HttpPeer, expect_refusal, refusal_of

ROW = np.array([[1, 2, 3, 4]], dtype=np.float32)


def unknown_model(peer: HttpPeer) -> None:
    """An unknown model is 404 with the sentence that tools look for"""
    error = refusal_of(lambda: peer.infer("no-such-model", {"x": ROW}))
    expect_refusal(error, 404, "Request for unknown model: 'no-such-model'")


def unknown_version(peer: HttpPeer) -> None:
    """An unknown version is 404 with the same sentence"""
    error = refusal_of(lambda: peer.infer("mlp", {"features": ROW}, model_version="9"))
    expect_refusal(error, 404, "Request for unknown model: 'mlp' version 9")


def wrong_input_name(peer: HttpPeer) -> None:
    """A wrong input name is 400 and named"""
    error = refusal_of(lambda: peer.infer("identity-fp32", {"z": ROW}))
    expect_refusal(error, 400, "unexpected inference input 'z' for model 'identity-fp32'")
    peer.expect_served()


def wrong_output_name(peer: HttpPeer) -> None:
    """A wrong output name is 400 and named"""
    wanted = [triton.InferRequestedOutput("z")]
    error = refusal_of(lambda: peer.infer("identity-fp32", {"x": ROW}, outputs=wanted))
    expect_refusal(error, 400, "unexpected inference output 'z' for model 'identity-fp32'")


def missing_input(peer: HttpPeer) -> None:
    """One input of two is 400 and counted"""
    left = np.zeros((1, 16), dtype=np.int32)
    error = refusal_of(lambda: peer.infer("sum-and-difference", {"left": left}))
    expect_refusal(error, 400, "expected 2 inputs but got 1 inputs for model 'sum-and-difference'")


def wrong_type(peer: HttpPeer) -> None:
    """Another element type is 400, never converted, as binary data and as JSON"""
    for json_inputs in ([], ["x"]):
        error = refusal_of(
            lambda inputs=json_inputs: peer.infer("identity-fp32", {"x": ROW.astype(np.float64)}, json_inputs=inputs)
        )
        expect_equal(f"status of {error.message()!r}", error.status(), "400")
    peer.expect_served()


def wrong_shape(peer: HttpPeer) -> None:
    """Another shape is 400"""
    error = refusal_of(lambda: peer.infer("identity-fp32", {"x": np.ones((2, 5), dtype=np.float32)}))
    expect_equal(f"status of {error.message()!r}", error.status(), "400")
    peer.expect_served()


def fraction_as_integer(peer: HttpPeer) -> None:
    """A number with a fraction in the JSON of an integer tensor is 400, never rounded"""
    tensor = triton.InferInput("x", [1, 4], "INT64")
    tensor.set_data_from_numpy(np.array([[1, 2, 3, 4]], dtype=np.int64), binary_data=False)
    tensor._data[2] = 2.5
    error = refusal_of(lambda: peer.client.infer("identity-int64", [tensor]))
    expect_equal(f"status of {error.message()!r}", error.status(), "400")
    peer.expect_served()


def too_few_bytes(peer: HttpPeer) -> None:
    """Binary data shorter than its shape is 400"""
    tensor = triton.InferInput("x", [1, 4], "FP32")
    tensor.set_data_from_numpy(ROW)
    tensor.set_shape([2, 4])
    error = refusal_of(lambda: peer.client.infer("identity-fp32", [tensor]))
    expect_equal(f"status of {error.message()!r}", error.status(), "400")
    peer.expect_served()


def bytes_that_are_no_text(peer: HttpPeer) -> None:
    """BYTES that are no UTF-8 are 400 for a graph that takes texts, and named"""
    array = np.array([[b"a", b"b", b"\xff\xfe", b"d"]], dtype=np.object_)
    error = refusal_of(lambda: peer.infer("identity-bytes", {"x": array}))
    expect_refusal(error, 400, 'Input "x": an element is not text in UTF-8.')
    peer.expect_served()


def refused_model(peer: HttpPeer) -> None:
    """A version that failed verification is not served: 400, with the reason"""
    error = refusal_of(lambda: peer.infer("wrong-golden", {"x": ROW}))
    expect_equal(f"status of {error.message()!r}", error.status(), "400")


def sequence_without_id(peer: HttpPeer) -> None:
    """A model that keeps state refuses a request without a sequence"""
    error = refusal_of(lambda: peer.infer("running-sum", {"x": ROW}))
    expect_refusal(error, 400, "inference request to model 'running-sum' must specify a non-zero or non-empty")


def unknown_sequence(peer: HttpPeer) -> None:
    """An item of a sequence that was never started is refused"""
    error = refusal_of(lambda: peer.infer("running-sum", {"x": ROW}, sequence_id=7999))
    expect_equal(f"status of {error.message()!r}", error.status(), "400")


def server_side_timeout(peer: HttpPeer) -> None:
    """The timeout parameter, in microseconds, is 504 if it passes, and lets a shorter request be answered"""
    peer.expect_identity("identity-fp32", ROW, timeout=20_000_000)
    error = refusal_of(lambda: peer.infer("slow", {"x": ROW}, timeout=100_000))
    expect_equal(f"status of {error.message()!r}", error.status(), "504")
    peer.expect_served()


def client_timeout(peer: HttpPeer) -> None:
    """A client that waits no longer than its network_timeout disturbs nobody"""
    hasty = triton.InferenceServerClient(url=peer.address, network_timeout=0.1)
    tensor = triton.InferInput("x", [1, 4], "FP32").set_data_from_numpy(ROW)
    try:
        answer = hasty.infer("slow", [tensor])
    except (TimeoutError, socket.timeout):
        pass
    else:
        raise CheckFailed("the client must give up", "a timeout", answer.get_response())
    finally:
        hasty.close()
    peer.expect_served()


def large_body(peer: HttpPeer) -> None:
    """A body beyond the server's limit is 413, and the next one is answered"""
    wide = peer.expected["wideColumns"]
    rows = 65 * 1024 * 1024 // (4 * wide)
    error = refusal_of(lambda: peer.infer("identity-wide", {"x": np.zeros((rows, wide), dtype=np.float32)}))
    expect_equal(f"status of {error.message()!r}", error.status(), "413")
    peer.expect_served()


def compressed_bomb(peer: HttpPeer) -> None:
    """A small body that inflates beyond the limit is 413, and the next one is answered"""
    wide = peer.expected["wideColumns"]
    rows = 80 * 1024 * 1024 // (4 * wide)
    zeros = np.zeros((rows, wide), dtype=np.float32)
    error = refusal_of(lambda: peer.infer("identity-wide", {"x": zeros}, request_compression_algorithm="deflate"))
    expect_equal(f"status of {error.message()!r}", error.status(), "413")
    peer.expect_served()


def shared_memory_input(peer: HttpPeer) -> None:
    """An input in shared memory that was never registered is refused"""
    tensor = triton.InferInput("x", [1, 4], "FP32")
    tensor.set_shared_memory("region", 16)
    error = refusal_of(lambda: peer.client.infer("identity-fp32", [tensor]))
    expect_true(f"status {error.status()} of {error.message()!r}", error.status() in ("400", "501"))
    peer.expect_served()


CHECKS = [
    unknown_model,
    unknown_version,
    wrong_input_name,
    wrong_output_name,
    missing_input,
    wrong_type,
    wrong_shape,
    fraction_as_integer,
    too_few_bytes,
    bytes_that_are_no_text,
    refused_model,
    sequence_without_id,
    unknown_sequence,
    server_side_timeout,
    client_timeout,
    large_body,
    compressed_bomb,
    shared_memory_input,
]
