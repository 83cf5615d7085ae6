"""Checks of tensors: every type bit for bit, several outputs, compression, size."""

from __future__ import annotations

import numpy as np
import tritonclient.grpc as triton
from array_checks import WIDE_INTEGERS, expect_same_array, special_floats
from check_report import expect_equal
from triton_peer import TritonPeer


def fp32(peer: TritonPeer) -> None:
    """FP32 comes back bit for bit, subnormals, infinities and NaN payloads too"""
    peer.expect_identity("identity-fp32", special_floats(np.float32))


def fp16(peer: TritonPeer) -> None:
    """FP16 comes back bit for bit, subnormals, infinities and NaN payloads too"""
    peer.expect_identity("identity-fp16", special_floats(np.float16))


def int64(peer: TritonPeer) -> None:
    """INT64 comes back exactly beyond 2^53, at both ends of its range"""
    peer.expect_identity("identity-int64", WIDE_INTEGERS)


def boolean(peer: TritonPeer) -> None:
    """BOOL comes back as booleans"""
    peer.expect_identity("identity-bool", np.array([[True, False, False, True], [False, True, False, False]]))


def byte_strings(peer: TritonPeer) -> None:
    """BYTES comes back with its empty, long and non-ASCII elements"""
    texts = ["", "a", "Müller, 患者", "x" * 70_000]
    peer.expect_identity("identity-bytes", np.array([[t.encode() for t in texts]], dtype=np.object_))


def version(peer: TritonPeer) -> None:
    """A version that is named answers, and the answer says so"""
    row = np.ones((1, 4), dtype=np.float32)
    for wanted, answering in (("1", "1"), ("2", "2"), ("", "2")):
        response = peer.infer("identity-fp32", {"x": row}, model_version=wanted).get_response()
        expect_equal(f"version for {wanted!r}", response.model_version, answering)


def two_outputs(peer: TritonPeer) -> None:
    """Two inputs give both outputs, each under its own name"""
    left, right = sixteen(100), sixteen(-7)
    result = peer.infer("sum-and-difference", {"left": left, "right": right})
    expect_same_array("sum", result.as_numpy("sum"), left + right)
    expect_same_array("difference", result.as_numpy("difference"), left - right)


def input_order(peer: TritonPeer) -> None:
    """Inputs are told apart by name, not by their order"""
    left, right = sixteen(100), sixteen(-7)
    result = peer.infer("sum-and-difference", {"right": right, "left": left})
    expect_same_array("difference", result.as_numpy("difference"), left - right)


def requested_output(peer: TritonPeer) -> None:
    """A caller who asks for one output gets only that one"""
    left, right = sixteen(5), sixteen(3)
    wanted = [triton.InferRequestedOutput("difference")]
    result = peer.infer("sum-and-difference", {"left": left, "right": right}, outputs=wanted)
    expect_equal("outputs", [output.name for output in result.get_response().outputs], ["difference"])
    expect_same_array("difference", result.as_numpy("difference"), left - right)


def request_id(peer: TritonPeer) -> None:
    """The request id is echoed"""
    row = np.ones((1, 4), dtype=np.float32)
    response = peer.infer("identity-fp32", {"x": row}, request_id="order 66/a").get_response()
    expect_equal("id", response.id, "order 66/a")


def priority_and_parameters(peer: TritonPeer) -> None:
    """A priority and a caller's own parameters do not disturb the answer"""
    row = np.array([[1, 2, 3, 4]], dtype=np.float32)
    peer.expect_identity("identity-fp32", row, priority=1, parameters={"site": "north", "attempt": 2})


def compression(peer: TritonPeer) -> None:
    """Requests compressed with gzip or deflate are answered like plain ones"""
    array = np.arange(4096, dtype=np.float32).reshape(1024, 4)
    for algorithm in ("gzip", "deflate"):
        peer.expect_identity("identity-fp32", array, compression_algorithm=algorithm)


def large_tensor(peer: TritonPeer) -> None:
    """40 MiB come back bit for bit"""
    columns = peer.expected["wideColumns"]
    rows = 40 * 1024 * 1024 // (4 * columns)
    array = np.arange(rows * columns, dtype=np.float32).reshape(rows, columns)
    expect_equal("size sent", array.nbytes, 40 * 1024 * 1024)
    peer.expect_identity("identity-wide", array)


def sixteen(first: int) -> np.ndarray:
    return np.arange(first, first + 48, dtype=np.int32).reshape(3, 16)


CHECKS = [
    fp32,
    fp16,
    int64,
    boolean,
    byte_strings,
    version,
    two_outputs,
    input_order,
    requested_output,
    request_id,
    priority_and_parameters,
    compression,
    large_tensor,
]
