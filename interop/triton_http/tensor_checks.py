"""Checks of tensors over HTTP: binary and JSON, mixed, compressed, in sequences, classified, large."""

from __future__ import annotations

import http.client

import numpy as np
import tritonclient.http as triton
from array_checks import WIDE_INTEGERS, expect_same_array, finite_floats, special_floats
from check_report import expect_close, expect_equal, expect_true
from http_peer import TIMEOUT_S, HttpPeer, expect_refusal, infer_inputs, refusal_of
from tritonclient.utils import InferenceServerException

TEXTS = np.array([["", "a", "Müller, 患者", 'quote " and \\ and \n']], dtype=np.object_)


def sixteen(first: int) -> np.ndarray:
    return np.arange(first, first + 48, dtype=np.int32).reshape(3, 16)


def encoded(texts: np.ndarray) -> np.ndarray:
    """The same texts as the client gives them back: bytes."""
    return np.array([[text.encode() for text in row] for row in texts], dtype=np.object_)


def binary_floats(peer: HttpPeer) -> None:
    """FP32 and FP16 come back bit for bit as binary data, subnormals, infinities and NaN payloads too"""
    peer.expect_identity("identity-fp32", special_floats(np.float32))
    peer.expect_identity("identity-fp16", special_floats(np.float16))


def binary_others(peer: HttpPeer) -> None:
    """INT64, BOOL and BYTES come back exactly as binary data"""
    peer.expect_identity("identity-int64", WIDE_INTEGERS)
    peer.expect_identity("identity-bool", np.array([[True, False, False, True], [False, True, False, False]]))
    longer = np.array([[b"", b"a\x01b", b"x" * 70_000, "ü".encode()]], dtype=np.object_)
    peer.expect_identity("identity-bytes", longer)


def zero_bytes(peer: HttpPeer) -> None:
    """A text with a zero byte in it comes back whole or is refused, never cut"""
    array = np.array([[b"before\x00after", b"\x00", b"ok", b""]], dtype=np.object_)
    try:
        received = peer.infer("identity-bytes", {"x": array}).as_numpy("y")
    except InferenceServerException as error:
        expect_equal(f"status of {error.message()!r}", error.status(), "400")
    else:
        expect_same_array("texts", received, array)
    peer.expect_served()


def json_floats(peer: HttpPeer) -> None:
    """FP32 comes back bit for bit as JSON: zeros of both signs, subnormals, the extremes"""
    peer.expect_json_identity("identity-fp32", finite_floats(np.float32))


def json_integers(peer: HttpPeer) -> None:
    """INT64 comes back exactly as JSON beyond 2^53, at both ends of its range"""
    peer.expect_json_identity("identity-int64", WIDE_INTEGERS)


def json_others(peer: HttpPeer) -> None:
    """BOOL and BYTES come back exactly as JSON, texts of other alphabets and control characters too"""
    peer.expect_json_identity("identity-bool", np.array([[True, False, False, True]]))
    wanted = [triton.InferRequestedOutput("y", binary_data=False)]
    result = peer.infer("identity-bytes", {"x": TEXTS}, json_inputs=["x"], outputs=wanted)
    expect_equal("texts", result.get_output("y")["data"], TEXTS.ravel().tolist())


def mixed(peer: HttpPeer) -> None:
    """One input as binary data and one as JSON give one output as JSON and one as binary data"""
    left, right = sixteen(100), sixteen(-7)
    wanted = [
        triton.InferRequestedOutput("sum", binary_data=False),
        triton.InferRequestedOutput("difference", binary_data=True),
    ]
    result = peer.infer("sum-and-difference", {"left": left, "right": right}, json_inputs=["right"], outputs=wanted)
    kinds = ["data" in result.get_output(name) for name in ("sum", "difference")]
    expect_equal("is JSON", kinds, [True, False])
    expect_same_array("sum", result.as_numpy("sum"), left + right)
    expect_same_array("difference", result.as_numpy("difference"), left - right)


def binary_in_json_out(peer: HttpPeer) -> None:
    """A BYTES tensor that came as JSON goes back as binary data, and the other way round"""
    wanted = [triton.InferRequestedOutput("y", binary_data=True)]
    result = peer.infer("identity-bytes", {"x": TEXTS}, json_inputs=["x"], outputs=wanted)
    expect_same_array("binary", result.as_numpy("y"), encoded(TEXTS))
    wanted = [triton.InferRequestedOutput("y", binary_data=False)]
    result = peer.infer("identity-bytes", {"x": TEXTS}, outputs=wanted)
    expect_equal("JSON", result.get_output("y")["data"], TEXTS.ravel().tolist())


def half_precision_is_binary(peer: HttpPeer) -> None:
    """FP16 as JSON is refused in both directions, with the way out"""
    row = np.array([[1, -2, 0.5, 4]], dtype=np.float16)
    error = refusal_of(lambda: peer.infer("identity-fp16", {"x": row}, json_inputs=["x"]))
    expect_equal(f"status of {error.message()!r}", error.status(), "400")
    wanted = [triton.InferRequestedOutput("y", binary_data=False)]
    error = refusal_of(lambda: peer.infer("identity-fp16", {"x": row}, outputs=wanted))
    expect_refusal(error, 400, 'Output "y" is FP16, which JSON cannot carry.')
    expect_true(f"the way out in {error.message()!r}", "binary_data" in error.message())


def not_finite_is_binary(peer: HttpPeer) -> None:
    """NaN that the model gives is refused as JSON, not written as null"""
    wanted = [triton.InferRequestedOutput("y", binary_data=False)]
    error = refusal_of(lambda: peer.infer("identity-fp32", {"x": special_floats(np.float32)}, outputs=wanted))
    expect_refusal(error, 400, 'Output "y" holds NaN or infinity, which JSON cannot carry.')


def classification(peer: HttpPeer) -> None:
    """The best classes of each row come in falling order with their places"""
    mlp = peer.expected["mlp"]
    rows = np.array(mlp["rows"], dtype=np.float32)
    wanted = [triton.InferRequestedOutput("probabilities", class_count=2)]
    received = peer.infer("mlp", {"features": rows}, outputs=wanted).as_numpy("probabilities")
    expect_equal("shape", received.shape, (len(rows), 2))
    for row, probabilities in zip(received, mlp["probabilities"], strict=True):
        entries = [entry.decode().split(":") for entry in row]
        best = sorted(range(len(probabilities)), key=lambda index: -probabilities[index])[:2]
        expect_equal("places", [int(place) for _, place, *_ in entries], best)
        # Values are written with six decimals.
        expect_close("values", [float(v) for v, *_ in entries], [probabilities[i] for i in best], 2e-6)


def version(peer: HttpPeer) -> None:
    """A version that is named answers, and the answer says so"""
    row = np.ones((1, 4), dtype=np.float32)
    for wanted, answering in (("1", "1"), ("2", "2"), ("", "2")):
        response = peer.infer("identity-fp32", {"x": row}, model_version=wanted).get_response()
        expect_equal(f"version for {wanted!r}", response["model_version"], answering)


def request_id(peer: HttpPeer) -> None:
    """The request id is echoed, and provenance comes as parameters"""
    row = np.ones((1, 4), dtype=np.float32)
    response = peer.infer("mlp", {"features": row}, request_id="order 66/a").get_response()
    expect_equal("id", response["id"], "order 66/a")
    (model,) = [m for m in peer.expected["models"] if m["name"] == "mlp"]
    expect_equal("package", response["parameters"]["deephealth_package_sha256"], model["packageSha256"])


def priority_and_parameters(peer: HttpPeer) -> None:
    """A priority and a caller's own parameters do not disturb the answer"""
    row = np.array([[1, 2, 3, 4]], dtype=np.float32)
    parameters = {"site": "north", "attempt": 2, "share": 0.5, "again": False}
    peer.expect_identity("identity-fp32", row, priority=1, parameters=parameters)


def request_compression(peer: HttpPeer) -> None:
    """Requests compressed with gzip or deflate are answered like plain ones"""
    array = np.arange(4096, dtype=np.float32).reshape(1024, 4)
    for algorithm in ("gzip", "deflate"):
        peer.expect_identity("identity-fp32", array, request_compression_algorithm=algorithm)


def response_compression(peer: HttpPeer) -> None:
    """Answers are compressed with gzip or deflate as asked, and hold the same values"""
    array = np.arange(4096, dtype=np.float32).reshape(1024, 4)
    for algorithm in ("gzip", "deflate"):
        peer.expect_identity("identity-fp32", array, response_compression_algorithm=algorithm)
        # The client does not show headers, so its own body is sent and its own parser reads the answer.
        body, json_length = triton.InferenceServerClient.generate_request_body(infer_inputs({"x": array}))
        connection = http.client.HTTPConnection(peer.address, timeout=TIMEOUT_S)
        headers = {"Inference-Header-Content-Length": str(json_length), "Accept-Encoding": algorithm}
        connection.request("POST", "/v2/models/identity-fp32/infer", body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        expect_equal("encoding", answer.getheader("Content-Encoding"), algorithm)
        expect_true(f"{len(content)} bytes are fewer than {array.nbytes}", len(content) < array.nbytes)
        length = answer.getheader("Inference-Header-Content-Length")
        result = triton.InferenceServerClient.parse_response_body(
            content, header_length=int(length), content_encoding=algorithm
        )
        expect_same_array(algorithm, result.as_numpy("y"), array)


def both_compressed(peer: HttpPeer) -> None:
    """A request compressed one way may have its answer compressed the other"""
    array = np.arange(4096, dtype=np.float32).reshape(1024, 4)
    peer.expect_identity(
        "identity-fp32", array, request_compression_algorithm="deflate", response_compression_algorithm="gzip"
    )


def sequences(peer: HttpPeer) -> None:
    """Items of two sequences in turn keep their own states, under a number and under a text"""
    item = np.array([[1, -2, 3, 0.5]], dtype=np.float32)
    for position in (1, 2, 3):
        for sequence_id, factor in ((7001, 1), ("night-1", 10)):
            result = peer.infer(
                "running-sum",
                {"x": item * factor},
                sequence_id=sequence_id,
                sequence_start=position == 1,
                sequence_end=position == 3,
            )
            expect_same_array(f"{sequence_id}, item {position}", result.as_numpy("y"), item * factor * position)


def columns(peer: HttpPeer) -> None:
    """A model with one input for each column, of several types, answers row by row"""
    height = np.array([[1.5], [1.83], [2]], dtype=np.float32)
    weight = np.array([[72], [91.5], [100]], dtype=np.float32)
    note = np.array([["at rest"], [""], ["ü"]], dtype=np.object_)
    arrays = {"height": height, "weight": weight, "note": note}
    result = peer.infer("body-mass", arrays, json_inputs=["weight"])
    expect_same_array("index", result.as_numpy("index"), weight / (height * height))
    expect_same_array("note", result.as_numpy("note_out"), encoded(note))


def large_tensor(peer: HttpPeer) -> None:
    """40 MiB of binary data come back bit for bit"""
    wide = peer.expected["wideColumns"]
    rows = 40 * 1024 * 1024 // (4 * wide)
    peer.expect_identity("identity-wide", np.arange(rows * wide, dtype=np.float32).reshape(rows, wide))


CHECKS = [
    binary_floats,
    binary_others,
    zero_bytes,
    json_floats,
    json_integers,
    json_others,
    mixed,
    binary_in_json_out,
    half_precision_is_binary,
    not_finite_is_binary,
    classification,
    version,
    request_id,
    priority_and_parameters,
    request_compression,
    response_compression,
    both_compressed,
    sequences,
    columns,
    large_tensor,
]
