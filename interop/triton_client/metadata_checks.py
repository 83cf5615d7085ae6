"""Checks of what the server says about itself and its models."""

from __future__ import annotations

import time

from check_report import expect_equal, expect_true
from triton_peer import TIMEOUT_S, TritonPeer, expect_refusal, refusal_of


def server_state(peer: TritonPeer) -> None:
    """The server is live and ready and names itself"""
    expect_equal("live", peer.client.is_server_live(client_timeout=TIMEOUT_S), True)
    expect_equal("ready", peer.client.is_server_ready(client_timeout=TIMEOUT_S), True)
    expect_equal("name", peer.client.get_server_metadata(client_timeout=TIMEOUT_S).name, "deephealth-runtime")


def model_ready(peer: TritonPeer) -> None:
    """A served version is ready, a refused one is not"""
    ready = {
        (name, version): peer.client.is_model_ready(name, version, client_timeout=TIMEOUT_S)
        for name, version in [
            ("mlp", ""),
            ("identity-fp32", "1"),
            ("identity-fp32", "2"),
            ("wrong-golden", "1"),
        ]
    }
    expect_equal(
        "not ready", [key for key, is_ready in ready.items() if not is_ready], [("wrong-golden", "1")]
    )


def unknown_model_ready(peer: TritonPeer) -> None:
    """Whether an unknown model is ready is answered with the sentence that tools look for"""
    error = refusal_of(lambda: peer.client.is_model_ready("no-such-model", client_timeout=TIMEOUT_S))
    expect_refusal(error, "NOT_FOUND", "Request for unknown model: 'no-such-model'")


def model_metadata(peer: TritonPeer) -> None:
    """Metadata names both inputs and outputs with type and shape"""
    metadata = peer.client.get_model_metadata("sum-and-difference", client_timeout=TIMEOUT_S)
    tensors = [(t.name, t.datatype, list(t.shape)) for t in [*metadata.inputs, *metadata.outputs]]
    names = ("left", "right", "sum", "difference")
    expect_equal("tensors", tensors, [(name, "INT32", [-1, 16]) for name in names])
    expect_equal("name and versions", (metadata.name, list(metadata.versions)), ("sum-and-difference", ["1"]))


def metadata_as_json(peer: TritonPeer) -> None:
    """Metadata reads as JSON too, as command lines show it"""
    metadata = peer.client.get_model_metadata("identity-bytes", as_json=True, client_timeout=TIMEOUT_S)
    expect_equal("inputs", metadata["inputs"], [{"name": "x", "datatype": "BYTES", "shape": ["-1", "4"]}])


def repository_index(peer: TritonPeer) -> None:
    """The repository index lists every version with its state, refused ones with a reason"""
    # A host that earlier checks made the server replace may still be loading.
    deadline = time.monotonic() + TIMEOUT_S
    models = peer.client.get_model_repository_index(client_timeout=TIMEOUT_S).models
    while any(m.state == "LOADING" for m in models) and time.monotonic() < deadline:
        time.sleep(0.1)
        models = peer.client.get_model_repository_index(client_timeout=TIMEOUT_S).models
    expected = [
        (m["name"], m["version"], "READY" if m["state"] == "READY" else "UNAVAILABLE")
        for m in peer.expected["models"]
    ]
    expect_equal("index", sorted((m.name, m.version, m.state) for m in models), sorted(expected))
    (refused,) = [m for m in models if m.name == "wrong-golden"]
    expect_true("reason", refused.reason)


def not_offered(peer: TritonPeer) -> None:
    """Shared memory regions of the server's machine are not offered: UNIMPLEMENTED"""
    error = refusal_of(lambda: peer.client.get_system_shared_memory_status(client_timeout=TIMEOUT_S))
    expect_equal("status", error.status(), "StatusCode.UNIMPLEMENTED")


CHECKS = [
    server_state,
    model_ready,
    unknown_model_ready,
    model_metadata,
    metadata_as_json,
    repository_index,
    not_offered,
]
