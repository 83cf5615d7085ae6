"""Checks with KServe's gRPC client, whose service definition is its own."""

from __future__ import annotations

import asyncio

import numpy as np
from array_checks import WIDE_INTEGERS, expect_same_array, finite_floats, special_floats
from check_report import expect_close, expect_equal, expect_true
from grpc import StatusCode
from kserve import InferenceGRPCClient, InferRequest
from kserve.protocol.infer_type import RequestedOutput
from kserve_peer import (
    SOUND_ROW,
    TIMEOUT_S,
    KserveClients,
    array_of,
    as_binary,
    as_values,
    expect_grpc_refusal,
    grpc_refusal_of,
)

# 64 * 2^-23, the tolerance of the profile "standard" for probabilities.
TOLERANCE = 64 * 2.0**-23


async def state(clients: KserveClients) -> None:
    """gRPC: the server is live and ready; a served model is ready, a refused one is not"""
    expect_equal("live", await clients.grpc.is_server_live(), True)
    expect_equal("ready", await clients.grpc.is_server_ready(), True)
    expect_equal("mlp", await clients.grpc.is_model_ready("mlp"), True)
    expect_equal("wrong-golden", await clients.grpc.is_model_ready("wrong-golden"), False)


async def unknown_ready(clients: KserveClients) -> None:
    """gRPC: whether an unknown model is ready is NOT_FOUND"""
    error = await grpc_refusal_of(clients.grpc.is_model_ready("no-such-model"))
    expect_grpc_refusal(error, StatusCode.NOT_FOUND, "Request for unknown model: 'no-such-model'")


async def raw(clients: KserveClients) -> None:
    """gRPC: FP32, FP16, INT64 and BOOL come back bit for bit as raw contents"""
    for model, array in [
        ("identity-fp32", special_floats(np.float32)),
        ("identity-fp16", special_floats(np.float16)),
        ("identity-int64", WIDE_INTEGERS),
        ("identity-bool", np.array([[True, False, False, True]])),
    ]:
        response = await clients.over_grpc(model, [as_binary("x", array)])
        expect_same_array(model, array_of(response, "y"), array)


async def raw_texts(clients: KserveClients) -> None:
    """gRPC: BYTES come back exactly as raw contents and as typed ones"""
    texts = [["", "a", "Müller, 患者", "x" * 70_000]]
    array = np.array(texts, dtype=np.object_)
    encoded = np.array([[text.encode() for text in row] for row in texts], dtype=np.object_)
    for tensor in (as_binary("x", array), as_values("x", array)):
        response = await clients.over_grpc("identity-bytes", [tensor])
        expect_same_array("texts", array_of(response, "y"), encoded)


async def typed(clients: KserveClients) -> None:
    """gRPC: FP32, INT64, INT32 and BOOL come back exactly where they were sent as typed contents"""
    for model, array in [
        ("identity-fp32", finite_floats(np.float32)),
        ("identity-int64", WIDE_INTEGERS),
        ("identity-bool", np.array([[True, False, False, True]])),
    ]:
        response = await clients.over_grpc(model, [as_values("x", array)])
        expect_same_array(model, array_of(response, "y"), array)
    left, right = (np.arange(first, first + 16, dtype=np.int32).reshape(1, 16) for first in (-8, 100))
    response = await clients.over_grpc("sum-and-difference", [as_values("right", right), as_values("left", left)])
    expect_same_array("difference", array_of(response, "difference"), left - right)


async def reference(clients: KserveClients) -> None:
    """gRPC: a model gives the reference's probabilities"""
    mlp = clients.expected["mlp"]
    response = await clients.over_grpc("mlp", [as_binary("features", np.array(mlp["rows"], dtype=np.float32))])
    expected = [value for row in mlp["probabilities"] for value in row]
    expect_close("probabilities", array_of(response, "probabilities").ravel().tolist(), expected, TOLERANCE)


async def id_version_and_provenance(clients: KserveClients) -> None:
    """gRPC: id and version are kept, and provenance comes as parameters"""
    response = await clients.over_grpc(
        "identity-fp32", [as_binary("x", SOUND_ROW)], request_id="order 66/a", model_version="1"
    )
    expect_equal("id and version", (response.id, response.model_version), ("order 66/a", "1"))
    (model,) = [m for m in clients.expected["models"] if (m["name"], m["version"]) == ("identity-fp32", "1")]
    received = response.parameters["deephealth_package_sha256"].string_param
    expect_equal("package", received, model["packageSha256"])


async def requested_output(clients: KserveClients) -> None:
    """gRPC: a caller who asks for one output gets only that one"""
    left, right = (np.arange(first, first + 16, dtype=np.int32).reshape(1, 16) for first in (5, 3))
    response = await clients.over_grpc(
        "sum-and-difference",
        [as_binary("left", left), as_binary("right", right)],
        request_outputs=[RequestedOutput("difference")],
    )
    expect_equal("outputs", [output.name for output in response.outputs], ["difference"])
    expect_same_array("difference", array_of(response, "difference"), left - right)


async def parameters(clients: KserveClients) -> None:
    """gRPC: a caller's own parameters and headers do not disturb the answer"""
    request = InferRequest(
        "identity-fp32", [as_binary("x", SOUND_ROW)], parameters={"site": "north", "attempt": 2, "again": False}
    )
    response = await clients.grpc.infer(request, headers=(("x-request-id", "17"),))
    expect_same_array("values", array_of(response, "y"), SOUND_ROW)


async def at_once(clients: KserveClients) -> None:
    """gRPC: each of 64 requests at once gets its own answer"""
    rows = [np.array([[tag, -tag, tag * 0.5, 1]], dtype=np.float32) for tag in range(64)]
    calls = [clients.over_grpc("identity-fp32", [as_binary("x", row)], request_id=str(i)) for i, row in enumerate(rows)]
    for tag, response in enumerate(await asyncio.gather(*calls)):
        expect_equal("id", response.id, str(tag))
        expect_same_array(f"values of {tag}", array_of(response, "y"), rows[tag])


async def large(clients: KserveClients) -> None:
    """gRPC: 20 MiB come back bit for bit"""
    wide = clients.expected["wideColumns"]
    rows = 20 * 1024 * 1024 // (4 * wide)
    array = np.arange(rows * wide, dtype=np.float32).reshape(rows, wide)
    response = await clients.over_grpc("identity-wide", [as_binary("x", array)])
    expect_same_array("values", array_of(response, "y"), array)


async def refusals(clients: KserveClients) -> None:
    """gRPC: an unknown model, a wrong name, shape and type are refused each with its own sentence"""
    row = SOUND_ROW
    for model, tensor, status, start in [
        ("no-such-model", as_binary("x", row), StatusCode.NOT_FOUND, "Request for unknown model: 'no-such-model'"),
        ("identity-fp32", as_binary("z", row), StatusCode.INVALID_ARGUMENT, "unexpected inference input 'z'"),
        ("identity-fp32", as_binary("x", row[:, :3]), StatusCode.INVALID_ARGUMENT, ""),
        ("identity-fp32", as_values("x", row.astype(np.float64)), StatusCode.INVALID_ARGUMENT, ""),
        ("wrong-golden", as_binary("x", row), StatusCode.FAILED_PRECONDITION, ""),
    ]:
        error = await grpc_refusal_of(clients.over_grpc(model, [tensor]))
        expect_grpc_refusal(error, status, start)
    await clients.expect_served()


async def timeout(clients: KserveClients) -> None:
    """gRPC: a client's timeout that passes is DEADLINE_EXCEEDED, and the next requests are answered"""
    request = InferRequest("slow", [as_binary("x", SOUND_ROW)])
    error = await grpc_refusal_of(clients.grpc.infer(request, timeout=0.1))
    expect_grpc_refusal(error, StatusCode.DEADLINE_EXCEEDED)
    await clients.expect_served()


async def retries_end(clients: KserveClients) -> None:
    """gRPC: where nothing listens, three attempts end as UNAVAILABLE and not as a hang"""
    # Port 1 of loopback: nothing of a test machine listens there.
    async with InferenceGRPCClient("127.0.0.1:1", timeout=TIMEOUT_S, retries=3) as nobody:
        error = await grpc_refusal_of(nobody.is_server_live())
    expect_grpc_refusal(error, StatusCode.UNAVAILABLE)
    expect_true("the real server", await clients.grpc.is_server_live())


CHECKS = [
    state,
    unknown_ready,
    raw,
    raw_texts,
    typed,
    reference,
    id_version_and_provenance,
    requested_output,
    parameters,
    at_once,
    large,
    refusals,
    timeout,
    retries_end,
]
