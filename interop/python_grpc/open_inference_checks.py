"""Checks of inference.GRPCInferenceService from our own contract's generated code."""

from __future__ import annotations

import struct
import time

from check_report import expect_equal, expect_true
from grpc import StatusCode
from inference import grpc_service_pb2 as oip
from runtime_peer import TIMEOUT_S, RuntimePeer, expect_refusal, fp32_values, infer_request, refusal_of

ROW = [0.1, -2.0, 3.5, 4.0]


def server_state(peer: RuntimePeer) -> None:
    """ServerLive, ServerReady and ServerMetadata describe a ready server"""
    expect_equal("live", peer.inference.ServerLive(oip.ServerLiveRequest(), timeout=TIMEOUT_S).live, True)
    expect_equal("ready", peer.inference.ServerReady(oip.ServerReadyRequest(), timeout=TIMEOUT_S).ready, True)
    metadata = peer.inference.ServerMetadata(oip.ServerMetadataRequest(), timeout=TIMEOUT_S)
    expect_equal("name", metadata.name, "deephealth-runtime")
    expect_true("extensions", "binary_tensor_data" in metadata.extensions)


def model_ready(peer: RuntimePeer) -> None:
    """ModelReady is true for a READY version, false for a refused one, NOT_FOUND for an unknown one"""
    for name, ready in (("mlp", True), ("wrong-golden", False)):
        answer = peer.inference.ModelReady(oip.ModelReadyRequest(name=name), timeout=TIMEOUT_S)
        expect_equal(name, answer.ready, ready)
    request = oip.ModelReadyRequest(name="no-such-model")
    refusal = refusal_of(lambda: peer.inference.ModelReady(request, timeout=TIMEOUT_S))
    expect_refusal(refusal, StatusCode.NOT_FOUND, "MODEL_NOT_FOUND")
    expect_true(
        f"the known sentence in {refusal.message!r}", refusal.message.startswith("Request for unknown model")
    )


def model_metadata(peer: RuntimePeer) -> None:
    """ModelMetadata names versions, tensors, types and shapes"""
    request = oip.ModelMetadataRequest(name="identity-fp32")
    metadata = peer.inference.ModelMetadata(request, timeout=TIMEOUT_S)
    tensors = [(t.name, t.datatype, list(t.shape)) for t in [*metadata.inputs, *metadata.outputs]]
    expect_equal("tensors", tensors, [("x", "FP32", [-1, 4]), ("y", "FP32", [-1, 4])])
    expect_equal("versions", sorted(metadata.versions), ["1", "2"])
    expect_equal("platform", metadata.platform, "onnxruntime_onnx")


def repository_index(peer: RuntimePeer) -> None:
    """RepositoryIndex lists every version, or the ready ones only"""
    # A host that earlier checks made the server replace may still be loading.
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        models = peer.inference.RepositoryIndex(oip.RepositoryIndexRequest(), timeout=TIMEOUT_S).models
        if all(m.state != "LOADING" for m in models):
            break
        time.sleep(0.1)
    for ready_only in (False, True):
        request = oip.RepositoryIndexRequest(ready=ready_only)
        models = peer.inference.RepositoryIndex(request, timeout=TIMEOUT_S).models
        expected = [m for m in peer.expected["models"] if m["state"] == "READY" or not ready_only]
        expect_equal(
            f"ready={ready_only}",
            sorted((m.name, m.version, m.state) for m in models),
            sorted(
                (m["name"], m["version"], "READY" if m["state"] == "READY" else "UNAVAILABLE")
                for m in expected
            ),
        )
        expect_equal(
            "a reason where unavailable",
            [m.name for m in models if (m.reason == "") == (m.state != "READY")],
            [],
        )


def infer_raw_and_typed(peer: RuntimePeer) -> None:
    """ModelInfer answers raw and typed contents with the same bits and echoes the id"""
    single = list(struct.unpack("<4f", struct.pack("<4f", *ROW)))
    for raw in (True, False):
        request = infer_request("identity-fp32", ROW, raw=raw, request_id=f"raw {raw}")
        response = peer.inference.ModelInfer(request, timeout=TIMEOUT_S)
        (output,) = response.outputs
        expect_equal("id", response.id, f"raw {raw}")
        expect_equal("model", (response.model_name, response.model_version), ("identity-fp32", "2"))
        expect_equal("output", (output.name, output.datatype, list(output.shape)), ("y", "FP32", [1, 4]))
        expect_equal("values", fp32_values(response.raw_output_contents[0]), single)


def infer_provenance(peer: RuntimePeer) -> None:
    """ModelInfer carries the package digest as a response parameter"""
    response = peer.inference.ModelInfer(infer_request("identity-fp32", ROW), timeout=TIMEOUT_S)
    digest = response.parameters["deephealth_package_sha256"].string_param
    expect_equal("digest", digest, peer.model("identity-fp32", "2")["packageSha256"])


def infer_refusals(peer: RuntimePeer) -> None:
    """ModelInfer refuses unknown models, wrong byte counts and mixed contents with details"""
    unknown = refusal_of(
        lambda: peer.inference.ModelInfer(infer_request("no-such-model", ROW), timeout=TIMEOUT_S)
    )
    expect_refusal(unknown, StatusCode.NOT_FOUND, "MODEL_NOT_FOUND")
    short = infer_request("identity-fp32", ROW)
    short.raw_input_contents[0] = short.raw_input_contents[0][:-1]
    refusal = refusal_of(lambda: peer.inference.ModelInfer(short, timeout=TIMEOUT_S))
    expect_refusal(refusal, StatusCode.INVALID_ARGUMENT, "TENSOR_SIZE_MISMATCH", input="x")
    mixed = infer_request("identity-fp32", ROW)
    mixed.inputs[0].contents.fp32_contents.extend(ROW)
    refusal = refusal_of(lambda: peer.inference.ModelInfer(mixed, timeout=TIMEOUT_S))
    expect_refusal(refusal, StatusCode.INVALID_ARGUMENT, "TENSOR_CONTENT_INVALID", input="x")
    peer.expect_served()


CHECKS = [
    server_state,
    model_ready,
    model_metadata,
    repository_index,
    infer_raw_and_typed,
    infer_provenance,
    infer_refusals,
]
